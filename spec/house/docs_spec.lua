--- Public Lua functions say what they take and give; pairs() stays where its order
-- reaches nobody; no word promises work undone.
local shell = require "spec.support.events"
local tree = require "spec.support.tree"

local modules = tree.files("lua", "*.lua")

--- The comment block that ends at line `at`.
---@param lines string[]
---@param at integer
---@return string
local function comment_above(lines, at)
  local block = {}
  while at > 0 and lines[at]:find("^%-%-") do
    table.insert(block, 1, lines[at])
    at = at - 1
  end
  return table.concat(block, "\n")
end

---@param lines string[]
---@param f Function
---@return boolean  does it give something back itself?
local function returns(lines, f)
  local depth = 0
  for i = f.first + 1, f.last - 1 do
    local line = lines[i]
    -- A function inside has its own returns.
    if line:find("%f[%w]function%(") and not line:find("%f[%w]end%f[%W]") then depth = depth + 1 end
    if depth == 0 and line:find("%f[%w]return%f[%W]%s+[^%s]") and not line:find("return end") then
      return true
    end
    if depth > 0 and line:find("^%s*end[%s,)}]*") and line:match("^%s*") == "  " then depth = 0 end
  end
  return false
end

---@param path string
---@param wrong string[]
local function check(path, wrong)
  local lines = tree.lines(path)
  for _, f in ipairs(tree.functions(path)) do
    local owner, name, params = lines[f.first]:match("^function ([%w_]+)[.:]([%w_]+)%((.-)%)")
    local public = owner and not name:find("^_") and (owner == "M" or owner:find("^%u"))
    if public then
      local doc = comment_above(lines, f.first - 1)
      local where = ("%s:%d: %s"):format(path, f.first, name)
      for param in params:gmatch("[%a_][%w_]*") do
        if param:sub(1, 1) ~= "_" and not doc:find("@param " .. param .. "%??[ \n]") then
          wrong[#wrong + 1] = where .. ": @param " .. param
        end
      end
      if returns(lines, f) and not doc:find("@return", 1, true) then
        wrong[#wrong + 1] = where .. ": @return"
      end
    end
  end
end

describe("every Lua module", function()
  it("is found", function()
    assert.is_true(#modules > 20)
  end)

  it("begins by saying what it is for", function()
    local wrong = {}
    for _, path in ipairs(modules) do
      if not (tree.lines(path)[1] or ""):find("^%-%-%-") then wrong[#wrong + 1] = path end
    end
    assert.same({}, wrong)
  end)

  it("annotates its public functions", function()
    local wrong = {}
    for _, path in ipairs(modules) do check(path, wrong) end
    assert.same({}, wrong)
  end)

  it("leaves pairs() to util/sorted.lua", function()
    local wrong = {}
    for _, path in ipairs(modules) do
      for i, line in ipairs(tree.lines(path)) do
        local code = line:gsub("%-%-.*$", ""):gsub('"[^"]*"', '""')
        if code:find("%f[%w_.:]pairs%(") and path ~= "lua/util/sorted.lua" then
          wrong[#wrong + 1] = ("%s:%d: %s"):format(path, i, line)
        end
      end
    end
    assert.same({}, wrong)
  end)
end)

describe("the tree", function()
  -- Put together here, so that this file does not hold what it forbids.
  local words = table.concat({ "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "not imple" .. "mented",
    "unimple" .. "mented", "[Ss]t" .. "ub", "[Pp]lace" .. "holder" }, "|")

  it("promises no work undone", function()
    local _, out = shell.sh(("grep -rnIwE '%s' src lua rules"):format(words))
    assert.equal("", out)
  end)

  it("names no place of one machine", function()
    local _, out = shell.sh("grep -rnIE '/(work|home|root)/[a-z.]' Makefile README.md .ci src lua "
      .. "rules examples spec --include='*' --exclude-dir=sky-out --exclude=docs_spec.lua")
    assert.equal("", out)
  end)

  it("is read by luacheck without a word", function()
    if shell.sh("command -v luacheck") ~= 0 then return pending("luacheck is not installed") end
    local code, out = shell.sh("luacheck --quiet --no-color lua rules spec src/embed.lua")
    assert.equal(0, code, out)
  end)
end)
