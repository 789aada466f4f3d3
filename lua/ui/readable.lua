--- Values as Lua text, for people: in a fixed order, on one line when it fits.
local core = require "core"

local M = {}

local WIDTH = 100

---@param s string
---@return string
local function quoted(s)
  return (("%q"):format(s):gsub("\\\n", "\\n"):gsub("\\9", "\\t"))
end

---@param k any
---@return string
local function field(k)
  if type(k) == "string" and k:find("^[%a_][%w_]*$") and load("local " .. k) then return k end
  return ("[%s]"):format(type(k) == "string" and quoted(k) or tostring(k))
end

--- What stands between the braces of a table, in a fixed order.
---@param t table
---@param indent string
---@return string[]
local function entries(t, indent)
  local list, at = {}, 1
  for k, v in core.pairs(t) do
    local text = M.show(v, indent)
    if k == at then
      at = at + 1
    else
      text = field(k) .. " = " .. text
    end
    list[#list + 1] = text
  end
  return list
end

--- A value as Lua: on one line when it fits, else one entry a line.
---@param value any
---@param indent? string
---@return string
function M.show(value, indent)
  indent = indent or ""
  if type(value) == "string" then return quoted(value) end
  local name, body = "", value
  if core.is_depset(value) then
    name, body = "depset ", value:to_list()
  elseif type(value) ~= "table" then
    return tostring(value)
  elseif core.tag_of(value) then
    name = core.tag_of(value) .. " "
  end
  local list = entries(body, indent .. "  ")
  if #list == 0 then return name .. "{}" end
  local line = ("%s{ %s }"):format(name, table.concat(list, ", "))
  if #indent + #line <= WIDTH and not line:find("\n", 1, true) then return line end
  local inner = indent .. "  "
  return ("%s{\n%s%s,\n%s}"):format(name, inner, table.concat(list, ",\n" .. inner), indent)
end

return M
