--- GNU make's jobserver: makes of ours, and we of a make. Never more than N at once.
local overlap = require "spec.support.overlap"
local space = require "spec.support.space"

after_each(space.close_all)

--- A makefile with so many recipes that print their spans.
---@param n integer
---@return string
local function makefile(n)
  local names = {}
  for i = 1, n do names[i] = "t" .. i end
  local all = table.concat(names, " ")
  return ("all: %s\n%s:\n\t@%s\n"):format(all, all, (overlap.command():gsub("%$", "$$")))
end

local MAKES = [[
for i = 1, 2 do
  genrule { name = "make" .. i, outs = { i .. ".txt" }, srcs = { "sub/Makefile" },
    cmd = "make -C sub --no-print-directory > $(out)" }
  genrule { name = "plain" .. i, outs = { "plain" .. i .. ".txt" }, cmd = "{ SPAN; } > $(out)" }
end
]]

---@return Space
local function project()
  return space.new {
    ["BUILD.lua"] = (MAKES:gsub("SPAN", function()
      return (overlap.command():gsub('"', '\\"'))
    end)),
    ["sub/Makefile"] = makefile(6),
  }
end

---@param s Space
---@param more? string
---@return Span[]
local function spans(s, more)
  local all = overlap.spans(more or "")
  for _, name in ipairs { "1", "2", "plain1", "plain2" } do
    overlap.spans(s:read("sky-out/bin/" .. name .. ".txt"), all)
  end
  return all
end

-- Specs themselves may run below a make, whose jobs are not meant.
local CLEAN = "unset MAKEFLAGS MAKELEVEL MFLAGS; "

describe("a make in an action", function()
  for _, n in ipairs { 1, 2, 3 } do
    it(("shares our -j%d, in two builds"):format(n), function()
      local s = project()
      for _ = 1, 2 do
        local exit, _, stderr = s:sh(CLEAN .. ('"$SKYLUA" build -j%d'):format(n))
        assert.equal(0, exit, stderr)
        local all = spans(s)
        assert.equal(14, #all)
        assert.is_true(overlap.most(all) <= n, ("%d at once"):format(overlap.most(all)))
        if n > 1 then assert.is_true(overlap.most(all) > 1) end
        assert.is_nil(stderr:find("jobserver", 1, true), stderr)
        s:append("sub/Makefile", "# hm\n")
      end
    end)
  end

  it("is told so by MAKEFLAGS, and others are not", function()
    local s = space.new { ["BUILD.lua"] = [[
      genrule { name = "a", outs = { "a" }, cmd = "echo $MAKEFLAGS > $(out)", jobserver = true }
      genrule { name = "b", outs = { "b" }, cmd = "echo cmake makefile ${MAKEFLAGS-no} > $(out)" }
      genrule { name = "c", outs = { "c" }, cmd = "echo $MAKEFLAGS > $(out)", jobserver = true,
        env = { MAKEFLAGS = "own" } }
      genrule { name = "d", outs = { "d" }, cmd = "echo; : | gmake $MAKEFLAGS || true; "
        .. "echo $MAKEFLAGS > $(out)" }
    ]] }
    local exit, _, stderr = s:sh(CLEAN .. '"$SKYLUA" build -j4')
    assert.equal(0, exit, stderr)
    assert.equal("-j --jobserver-auth=3,4\n", s:read "sky-out/bin/a")
    assert.equal("cmake makefile no\n", s:read "sky-out/bin/b")
    assert.equal("own\n", s:read "sky-out/bin/c")
    assert.equal("-j --jobserver-auth=3,4\n", s:read "sky-out/bin/d")
  end)
end)

describe("skylua below a make", function()
  for _, n in ipairs { 2, 3 } do
    it(("is one of its -j%d, with the makes that it runs"):format(n), function()
      local s = project()
      s:write { ["outer.make"] = makefile(5):gsub("^all:", "all: sky")
        .. 'sky:\n\t+@"$(SKYLUA)" build --progress=none\n' }
      local exit, stdout, stderr = s:sh(CLEAN .. ("make -f outer.make -j%d"):format(n))
      assert.equal(0, exit, stderr)
      local all = spans(s, stdout)
      assert.equal(19, #all)
      assert.is_true(overlap.most(all) <= n, ("%d at once"):format(overlap.most(all)))
      -- make counts its tokens at the end
      assert.is_nil(stderr:find("INTERNAL", 1, true), stderr)
      assert.is_nil(stderr:find("jobserver", 1, true), stderr)
    end)
  end

  it("gives the tokens back when it is interrupted", function()
    local s = space.new { ["BUILD.lua"] = [[
      for i = 1, 4 do
        genrule { name = "x" .. i, outs = { i .. ".txt" }, cmd = "exec sleep 20" }
      end
    ]], ["outer.make"] = "all:\n\t+@(sleep 0.3; kill -INT $$$$) & exec \"$(SKYLUA)\" build -q\n" }
    local exit, _, stderr = s:sh(CLEAN .. "timeout 15 make -f outer.make -j4")
    assert.is_true(exit == 0 or exit == 2, stderr)
    assert.is_nil(stderr:find("INTERNAL", 1, true), stderr)
  end)

  it("has jobs of its own with -j", function()
    local s = project()
    s:write { ["outer.make"] = 'sky:\n\t+@"$(SKYLUA)" build -j1 --progress=none\n' }
    local exit, _, stderr = s:sh(CLEAN .. "make -f outer.make -j3")
    assert.equal(0, exit, stderr)
    assert.equal(1, overlap.most(spans(s)))
  end)

  it("goes on alone when make has closed the jobserver", function()
    local s = project()
    s:write { ["outer.make"] = 'sky:\n\t@"$(SKYLUA)" build --progress=none\n' }
    local exit, _, stderr = s:sh(CLEAN .. "make -f outer.make -j3")
    assert.equal(0, exit, stderr)
    assert.equal(14, #spans(s))
  end)
end)
