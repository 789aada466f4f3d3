--- What the user's code that runs right now belongs to: a package, a module, a rule.
---
--- Coroutines of one state take turns only at `env:get` and its like, so one variable is
--- enough as long as whoever suspends sets it again: the calls below do.
---@class Context
---@field kind "package"|"module"|"rule"|"workspace"|"library"
---@field label string      of the file whose code runs: "//app/BUILD.lua"
---@field pkg string        package that relative labels belong to
---@field env table         the node's env
---@field text? string      the file's text, for messages
---@field chunk? function   the file's main function
local M = {
  ---@type Context|false
  active = false,
  --- label of a module -> its text, for the source lines of messages
  texts = {},
}

--- env:get, and the context is still ours afterwards.
---@param env table
---@param key any
---@return any
function M.get(env, key)
  local mine = M.active
  local value = env:get(key)
  M.active = mine
  return value
end

---@param env table
---@param keys any[]
---@return any[]
function M.get_all(env, keys)
  local mine = M.active
  local values = env:get_all(keys)
  M.active = mine
  return values
end

--- A list of {value=} or {error=}.
---@param env table
---@param keys any[]
---@return table[]
function M.get_all_or_error(env, keys)
  local mine = M.active
  local results = env:get_all_or_error(keys)
  M.active = mine
  return results
end

--- The text of a file whose code may be on the stack, if it is at hand.
---@param label string
---@return string?
function M.text(label)
  local c = M.active
  if c and c.label == label and c.text then
    return c.text
  end
  return M.texts[label]
end

return M
