--- What rules and providers are called: the variable or field that they are assigned to where
--- they are made, else their number. The same in every state, because the file is the same.
local context = require "util.context"
local lexer = require "util.lexer"
local place = require "util.place"

local M = {}

local function from_source(what)
  -- a library may be loaded from another file's code, which is on the stack, too
  local top = place.innermost(3)
  local text = top and context.text(top.file)
  local line = text and lexer.line_text(text, top.line)
  return line and line:match("([%a_][%w_]*)%s*=%s*" .. what .. "%f[^%w_]")
end

--- The name of the thing that `what` ("rule", "provider") makes now in context `c`.
---@param c Context
---@param what string
---@return string
function M.own_name(c, what)
  local made = c.made
  made.count = (made.count or 0) + 1
  local name = from_source(what) or (what .. made.count)
  if made[name] then
    name = name .. "@" .. made.count
  end
  made[name] = true
  return name
end

return M
