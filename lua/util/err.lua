--- Errors that a user can act on, as tables.
---
---@class (exact) Err
---@field code string        "E0208"; `skylua help E0208` explains
---@field message string     one line, no full stop at the end
---@field hint? string       what to do about it
---@field file? string       "//app/BUILD.lua"
---@field line? integer
---@field column? integer
---@field length? integer    how much the caret underlines, from column
---@field source? string     text of that line
---@field chain? string[]    "//tools/x.lua:3", innermost first
---@field label? string      the target it is about
---@field transient? boolean may go away without any input changing
local core = require "core"

local M = {}

local TAGGED = { artifact = "a file", label = "a label", provider = "a provider",
  attr = "an attribute", struct = "a struct", args = "args" }

--- Fails the node (or the call) with `e`.
---@param e Err
function M.raise(e)
  error(e, 0)
end

--- Is `e` such a table (or one that came from another node)?
---@param e any
---@return boolean
---@nodiscard
function M.is(e)
  local t = type(e)
  if t ~= "table" and t ~= "userdata" then
    return false
  end
  local ok, code = pcall(function() return e.code end)
  return ok and type(code) == "string"
end

--- "a string", "a list", ...: what a value is, for messages.
---@param v any
---@return string
function M.kind(v)
  local t = type(v)
  local tag = (t == "table" or t == "userdata") and core.tag_of(v)
  if tag then
    return TAGGED[tag:match("^[^:]*")] or "an object"
  elseif t == "userdata" and core.is_depset(v) then
    return "a depset"
  elseif t == "nil" then
    return "nothing"
  elseif t == "string" then
    local shown = #v > 40 and v:sub(1, 37) .. "..." or v
    return "the string " .. ("%q"):format(shown):gsub("\\\n", "\\n")
  elseif t == "number" or t == "boolean" then
    return ("%s (a %s)"):format(tostring(v), t)
  elseif t == "table" then
    return #v > 0 and "a list" or "a table"
  elseif t == "function" then
    return "a function"
  end
  return "an object"
end

return M
