--- Values of options: text of a type, perhaps out of a list.
local list = require "util.list"
local suggest = require "util.suggest"

local M = {}

local BOOLS = { "true", "false" }

--- A value as text in its one spelling; nil when it is none of that type.
---@param kind "string"|"bool"|"int"
---@param v any
---@return string?
function M.text(kind, v)
  if kind == "string" then
    return (type(v) == "string" or type(v) == "number") and tostring(v) or nil
  elseif kind == "bool" then
    return (v == true or v == "true") and "true" or (v == false or v == "false") and "false" or nil
  end
  local n = (math.type(v) == "integer" or type(v) == "string" and v:find("^%-?%d+$"))
    and math.tointeger(tonumber(v))
  return n and tostring(n) or nil
end

--- Why the option cannot have a value; nil when it can.
---@param name string
---@param option table   of WORKSPACE
---@param text string
---@return Err?
function M.problem(name, option, text)
  local hint
  local value = M.text(option.type, text)
  local values = option.values or option.type == "bool" and BOOLS
  if value and not option.values then
    return nil
  elseif value and list.contains(values, value) then
    return nil
  elseif values then
    local words = { table.unpack(values) }
    hint = suggest.hint(text, words) or "it is one of " .. list.words(words)
  else
    hint = "it is an integer"
  end
  return { code = "E0233", message = ("the option '%s' cannot be '%s'"):format(name, text),
    hint = hint }
end

return M
