--- Facts about build systems, with the numbers of the study: dependencies that a rule finds out
-- while it is evaluated.
local space = require "spec.support.space"

after_each(space.close_all)

--- `plan` reads a list of labels that an action makes, and joins their files.
local PLAN = [[
local plan = rule {
  attrs = { list = attr.label { allow_single_file = true } },
  impl = function(ctx)
    local copy = ctx:declare_file(ctx.name .. ".list")
    ctx:run { mnemonic = "Scan", argv = { "sort", "-u", "-o", copy, ctx.file.list },
      inputs = { ctx.file.list }, outputs = { copy } }
    local labels, parts = {}, {}
    for label in ctx:read(copy):gmatch("[^\n]+") do labels[#labels + 1] = label end
    for i, dep in ipairs(ctx:await(labels)) do parts[i] = dep[DefaultInfo].files end
    local out = ctx:declare_file(ctx.name .. ".out")
    ctx:run { mnemonic = "Join", inputs = { depset({}, parts) }, outputs = { out },
      argv = { "sh", "-c", "out=$1; shift; cat \"$@\" /dev/null > $out", "sh", out,
        ctx:args():add_all(depset({}, parts)) } }
    return { DefaultInfo { files = { out } } }
  end,
}
return { plan = plan }
]]

local BUILD = [[
local plan = load("//plan.lua").plan
for _, name in ipairs { "a", "b", "c" } do
  genrule { name = name, srcs = { name .. ".in" }, outs = { name .. ".made" },
            cmd = "cp $(in) $(out)" }
end
]]

--- A workspace with three parts and these rules.
local function plans(build, files)
  files["plan.lua"], files["BUILD.lua"] = PLAN, BUILD .. build
  for _, name in ipairs { "a", "b", "c" } do files[name .. ".in"] = name .. "\n" end
  return space.new(files)
end

describe("fact", function()
  it("35: what a scanner finds is built, and only that", function()
    local s = plans('plan { name = "x", list = "list" }', { list = "//:b\n" })
    assert.same({ "Scan x.list", "Genrule b.made", "Join x.out" }, s:build("//:x").ran)
    s:write { list = "//:b\n//:c\n" }
    assert.same({ "Scan x.list", "Genrule c.made", "Join x.out" }, s:build("//:x").ran)
    assert.equal("b\nc\n", s:read "sky-out/bin/x.out")
    s:write { list = "//:c\n//:b\n" }
    assert.same({ "Scan x.list" }, s:build("//:x").ran)
    s:write { ["b.in"] = "B\n" }
    assert.same({ "Genrule b.made", "Join x.out" }, s:build("//:x").ran)
  end)

  it("35: a cycle found on the way has its path, and a wrong scanner fails only its users",
    function()
      local s = plans([[
plan { name = "x", list = "x.txt" }
plan { name = "y", list = "y.txt" }
]], { ["x.txt"] = "//:y\n", ["y.txt"] = "//:x\n" })
      local r = s:build "-k //:x //:a"
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("cycle", 1, true), r.stderr)
      assert.is_truthy(r.stderr:find("//:x", 1, true) and r.stderr:find("//:y", 1, true), r.stderr)
      assert.is_true(s:exists "sky-out/bin/a.made")
      s:write { ["x.txt"] = "nonsense!\n", ["y.txt"] = "//:a\n" }
      r = s:build "-k"
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("nonsense!", 1, true), r.stderr)
      assert.equal("a\n", s:read "sky-out/bin/y.out")
    end)

  it("36: what is found to be needed while it runs already is waited for", function()
    local s = plans([[
genrule { name = "slow", srcs = { "a.in" }, outs = { "slow.made" },
          cmd = "sleep 0.2; cp $(in) $(out)" }
plan { name = "x", list = "list" }
]], { list = "//:slow\n" })
    local r = s:command("build", "-j 4")
    assert.equal(0, r.exit)
    assert.equal("a\n", s:read "sky-out/bin/x.out")
    local n = 0
    for _, name in ipairs(r.ran) do n = n + (name == "Genrule slow.made" and 1 or 0) end
    assert.equal(1, n)
  end)

  it("37: a scanner whose own input a scanner makes works, ready or not", function()
    local s = plans([[
plan { name = "x", list = "list" }
genrule { name = "names", srcs = { ":x" }, outs = { "names.txt" },
          cmd = "sed 's,^,//:,' $(in) > $(out)" }
plan { name = "y", list = ":names" }
]], { list = "//:b\n" }):built "//:y"
    assert.equal("b\n", s:read "sky-out/bin/y.out")
    s:write { list = "//:a\n//:c\n" }:built "//:y"
    assert.equal("a\nc\n", s:read "sky-out/bin/y.out")
    assert.same({}, s:build("//:y").ran)
  end)
end)
