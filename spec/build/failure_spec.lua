--- Builds that fail, are killed or interrupted, and what comes after.
local space = require "spec.support.space"

after_each(space.close_all)

--- A workspace with one genrule.
local function one(cmd, outs)
  return space.new {
    ["BUILD.lua"] = ('genrule { name = "g", outs = %s, cmd = %q }'):format(outs or '{ "g" }', cmd),
  }
end

describe("a failing action", function()
  it("shows its output, gives exit 1, and runs again next time", function()
    local s = one "echo why >&2; exit 3"
    local r = s:build()
    assert.equal(1, r.exit)
    assert.equal(1, #r.failed)
    assert.is_truthy(r.stderr:find("why", 1, true))
    assert.is_truthy(r.stderr:find("exit code 3", 1, true), r.stderr)
    assert.equal(1, #s:build().failed)
  end)

  it("does not keep what it wrote before it failed", function()
    local s = one "echo half > $(out); exit 1"
    assert.equal(1, s:build().exit)
    assert.is_false(s:exists "sky-out/bin/g")
  end)

  it("must make each declared output", function()
    local s = one("touch sky-out/bin/a", '{ "a", "b" }')
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("sky-out/bin/b", 1, true), r.stderr)
  end)

  it("is named with its signal when one killed it", function()
    local s = one "kill -SEGV $$"
    assert.is_truthy(s:build().stderr:find("SIGSEGV", 1, true))
  end)

  it("stops the build, but with -k the rest is built", function()
    local files = {
      ["BUILD.lua"] = [[
genrule { name = "bad", outs = { "bad" }, cmd = "exit 1" }
genrule { name = "needs_bad", srcs = { ":bad" }, outs = { "needs_bad" }, cmd = "cp $(in) $(out)" }
for i = 1, 5 do
  genrule { name = "good" .. i, outs = { "good" .. i }, cmd = "echo > $(out)" }
end
]],
    }
    local s = space.new(files)
    local r = s:build "-k"
    assert.equal(1, r.exit)
    assert.equal(5, #r.ran)
    assert.equal(1, #r.failed)
    assert.same({}, s:build("-k").ran)
  end)

  it("does not repeat what had finished before", function()
    local s = space.new {
      ["BUILD.lua"] = [[
genrule { name = "first", outs = { "first" }, cmd = "echo > $(out)" }
genrule { name = "second", srcs = { ":first", "in" }, outs = { "second" },
          cmd = "grep -q good in; cp in $(out)" }
]],
      ["in"] = "bad\n",
    }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.same({ "Genrule first" }, r.ran)
    s:write { ["in"] = "good\n" }
    assert.same({ "Genrule second" }, s:build().ran)
  end)
end)

describe("a dependency cycle", function()
  it("is an error with its path", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", srcs = { ":b" }, outs = { "a.out" }, cmd = "cp $(in) $(out)" }
genrule { name = "b", srcs = { ":a" }, outs = { "b.out" }, cmd = "cp $(in) $(out)" }
]] }
    for _, flags in ipairs { "", "-k" } do
      local r = s:build(flags)
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("cycle", 1, true), r.stderr)
      assert.is_truthy(r.stderr:find("//:a", 1, true), r.stderr)
      assert.is_truthy(r.stderr:find("//:b", 1, true), r.stderr)
    end
  end)
end)

describe("a killed build", function()
  local CHAIN = [[
local before
for i = 1, 12 do
  genrule { name = "s" .. i, srcs = before and { ":s" .. (i - 1) } or {},
            outs = { "s" .. i .. ".txt" },
            cmd = "sleep 0.05; cat $(in) /dev/null > $(out); echo " .. i .. " >> $(out)" }
  before = true
end
]]

  it("keeps what was finished, and gives the right result next time", function()
    local s = space.new { ["BUILD.lua"] = CHAIN }
    s:sh 'timeout -s KILL 0.4 "$SKYLUA" build //:s12 > /dev/null 2>&1'
    local done = tonumber(s:run "ls sky-out/bin | wc -l")
    local r = s:build "//:s12"
    assert.equal(0, r.exit)
    -- at most the one that ran when the kill came is repeated
    assert.is_true(#r.ran >= 12 - done and #r.ran <= 13 - done,
      ("%d were there, %d ran"):format(done, #r.ran))
    assert.equal("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", s:read "sky-out/bin/s12.txt")
    assert.same({}, s:build("//:s12").ran)
  end)

  it("gives 130 after Ctrl-C and leaves no process", function()
    local s = one "sleep 61.25; echo > $(out)"
    local exit = s:sh 'timeout -s INT --preserve-status 0.5 "$SKYLUA" build > /dev/null 2>&1'
    assert.equal(130, exit)
    assert.is_false(s:has_process "sleep 61.25")
  end)
end)

describe("an undeclared header", function()
  it("is an error that names it and the target", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" } }',
      ["a.c"] = '#include "secret.h"\nint main(void) { return X; }\n',
      ["secret.h"] = "#define X 0\n",
    }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("secret.h", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("//:a", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("hdrs", 1, true), r.stderr)
  end)
end)

describe("a source that is missing", function()
  it("is found before anything runs, with its place", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary {\n  name = "a",\n  srcs = { "ok.c", "mian.c" },\n}\n',
      ["ok.c"] = "int x;\n", ["main.c"] = "int main(void) { return 0; }\n",
    }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.same({}, r.ran)
    assert.is_truthy(r.stderr:find("//BUILD.lua:3:20", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("did you mean 'main.c'?", 1, true), r.stderr)
    local message = r.messages[1]
    assert.equal("BUILD.lua", message.file)
    assert.equal(3, message.line)
    assert.equal(20, message.column)
  end)
end)

describe("two targets that make one output", function()
  it("is an error that names both, also when rules make up the name", function()
    local s = space.new { ["BUILD.lua"] = [[
local same = rule {
  impl = function(ctx)
    local out = ctx:declare_file("same.txt")
    ctx:write(out, ctx.name)
    return { DefaultInfo { files = { out } } }
  end,
}
same { name = "a" }
same { name = "b" }
]] }
    for _ = 1, 2 do
      local r = s:build "-k"
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("made by two targets: //:a and //:b", 1, true), r.stderr)
    end
  end)
end)

describe("failing fast", function()
  it("starts nothing more after the first failure", function()
    local s = space.new { ["BUILD.lua"] = [[
for i = 1, 30 do
  genrule { name = "g" .. i, outs = { "g" .. i }, cmd = "exit 1" }
end
]] }
    for _ = 1, 3 do assert.equal(1, #s:build().failed) end
  end)
end)
