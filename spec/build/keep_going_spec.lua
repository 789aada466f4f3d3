--- --keep-going: what is tried, what is not, and how it is told.
local space = require "spec.support.space"

after_each(space.close_all)

---@param names string[]
---@param cmd string
---@return string
local function rules(names, cmd)
  local lines = {}
  for i, name in ipairs(names) do
    lines[i] = ('genrule { name = "%s", outs = { "%s.txt" }, cmd = "%s" }\n'):format(name, name,
      cmd)
  end
  return table.concat(lines)
end

local SIX = { "a", "b", "c", "d", "e", "f" }

describe("--keep-going", function()
  it("names what failed and what was not tried because of it", function()
    local s = space.new { ["BUILD.lua"] = rules({ "bad" }, "exit 1")
      .. rules({ "good" }, "echo > $(out)") .. [[
      genrule { name = "above", outs = { "x" }, srcs = { "bad.txt" }, cmd = "cp $(in) $(out)" }
      genrule { name = "top", outs = { "y" }, srcs = { "x" }, cmd = "cp $(in) $(out)" }
    ]] }
    local r = s:build "-k //:bad //:good //:above //:top"
    assert.equal(1, r.exit)
    assert.same({ "Genrule good.txt" }, r.ran)
    assert.same({ "Genrule bad.txt" }, r.failed)
    assert.is_truthy(r.stderr:find("1 target failed, 2 not tried because of it, 1 built", 1, true),
      r.stderr)
    assert.is_truthy(r.stderr:find("\n  //:bad\nnot tried:\n  //:above\n  //:top\n", 1, true),
      r.stderr)
  end)

  it("names what failed when that was not asked for", function()
    local s = space.new { ["BUILD.lua"] = rules({ "bad" }, "exit 1")
      .. 'genrule { name = "above", outs = { "x" }, srcs = { "bad.txt" }, '
      .. 'cmd = "cp $(in) $(out)" }\n' }
    local r = s:build "-k //:above"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("1 target failed (", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("FAILED //:bad", 1, true), r.stderr)
  end)

  for _, flag in ipairs { "-k2", "--keep-going=2" } do
    it(flag .. " starts nothing new after two failures", function()
      local s = space.new { ["BUILD.lua"] = rules(SIX, "exit 1") }
      local r = s:build(flag)
      assert.equal(1, r.exit)
      assert.equal(2, #r.failed)
      assert.same({}, r.ran)
      assert.equal(2, r.finished.actions.failed)
      assert.is_truthy(r.stderr:find("2 targets failed, 4 not finished", 1, true), r.stderr)
      assert.is_nil(r.stderr:find("E0309", 1, true))
      -- nothing of it is remembered: once it works, all run
      s:write { ["BUILD.lua"] = rules(SIX, "echo > $(out)") }
      r = s:build(flag)
      assert.equal(0, r.exit, r.stderr)
      assert.equal(6, #r.ran)
    end)
  end

  it("alone goes on to the end", function()
    local r = space.new { ["BUILD.lua"] = rules(SIX, "exit 1") }:build "-k"
    assert.equal(6, #r.failed)
  end)

  it("keeps what was made although the limit was reached", function()
    local s = space.new { ["BUILD.lua"] = rules({ "a", "b", "c" }, "echo > $(out)") }:built()
    s:append("BUILD.lua", rules({ "x", "y" }, "exit 1"))
    assert.equal(1, s:build("-k1").exit)
    assert.equal(1, #s:build("-k1").failed)
    assert.is_true(s:exists "sky-out/bin/a.txt")
    assert.same({}, s:build("//:a //:b //:c").ran)
  end)

  it("takes a number that is at least 1", function()
    local s = space.new { ["BUILD.lua"] = "" }
    for _, flag in ipairs { "-k0", "--keep-going=0", "--keep-going=x", "--keep-going=" } do
      assert.equal(2, s:build(flag).exit, flag)
    end
  end)

  it("does not count tests that fail", function()
    local s = space.new { ["t.sh"] = "exit 1\n" }
    local lines = {}
    for i = 1, 3 do lines[i] = ('sh_test { name = "t%d", srcs = { "t.sh" } }\n'):format(i) end
    s:write { ["BUILD.lua"] = table.concat(lines) }
    local r = s:test "-k1 //..."
    assert.equal(3, r.exit)
    for i = 1, 3 do assert.equal("failed", r.tests["//:t" .. i].status) end
  end)
end)
