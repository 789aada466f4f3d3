--- The files of the repository, as the house specs look at them.
local shell = require "spec.support.events"

local M = {}

--- Files below the directories whose names match; sorted, build trees left out.
---@param dirs string
---@param name string  a shell pattern
---@return string[]
function M.files(dirs, name)
  local out = shell.must(("find %s -type f -name '%s' -not -path '*/sky-out/*' | LC_ALL=C sort")
    :format(dirs, name))
  local list = {}
  for path in out:gmatch("[^\n]+") do list[#list + 1] = path end
  return list
end

---@param path string
---@return string[]
function M.lines(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

---@class Function
---@field name string
---@field first integer  line
---@field last integer

---@param lines string[]
---@return Function[]
local function c_functions(lines)
  local list, name, first = {}, nil, nil
  for i, line in ipairs(lines) do
    name = line:match("^([%a_][%w_]*)%(") or name
    if line == "{" then
      first = i
    elseif line == "}" and first then
      list[#list + 1] = { name = name or "?", first = first, last = i }
      first = nil
    end
  end
  return list
end

---@param lines string[]
---@return Function[]
local function lua_functions(lines)
  local list, open = {}, {}
  for i, line in ipairs(lines) do
    local indent, rest = line:match("^(%s*)(.*)$")
    local name = rest:match("^local function ([%w_]+)") or rest:match("^function ([%w_.:]+)")
      or rest:match("^([%w_.]+) = function%(") or rest:match("^local ([%w_]+) = function%(")
    local one_line = rest:find("%f[%w]end[%s,)}]*$")
    if name and not one_line then open[indent] = { name = name, first = i } end
    if rest:find("^end%f[%W]") and open[indent] then
      local f = open[indent]
      f.last, open[indent] = i, nil
      list[#list + 1] = f
    end
  end
  return list
end

--- The functions of a file, told by its indentation.
---@param path string
---@return Function[]
function M.functions(path)
  local lines = M.lines(path)
  return path:find("%.lua$") and lua_functions(lines) or c_functions(lines)
end

--- How wide a line is; a tab goes to the next multiple of eight.
---@param line string
---@return integer
function M.width(line)
  local n = 0
  for char in line:gmatch("[^\128-\191][\128-\191]*") do
    n = char == "\t" and (n // 8 + 1) * 8 or n + 1
  end
  return n
end

return M
