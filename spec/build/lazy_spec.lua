--- What an evaluator loads when it is needed first must not depend on what it does first.
local space = require "spec.support.space"

after_each(space.close_all)

describe("the methods of tagged values", function()
  it("cannot come after the first value", function()
    local s = space.new { ["x.lua"] = [[
local core = require "core"
core.tag("early", {})
core.make("early", {})
core.make("late:1", {})
print(pcall(core.tag, "late", {}))
print(pcall(core.tag, "lat", {}))]] }
    local _, out = s:sh "$SKYLUA lua x.lua"
    assert.equal("false\tcore.tag: there are objects of 'late' already\ntrue\n", out)
  end)

  it("are there when a library's function is the first that runs", function()
    local s = space.new { ["a.c"] = "int main(void) { return 0; }\n",
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" } }' }
    assert.equal(0, s:build("//:a --evaluators=1").exit)
    -- nothing is loaded yet when the toolchain is found anew: it is the first to be called
    s:sh "export CC='gcc -DX'; $SKYLUA build //:a --evaluators=1 2> err || cat err"
    assert.equal("", s:read("err"):match "error.*" or "")
  end)
end)
