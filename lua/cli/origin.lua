--- From an action whose command, environment or settings changed to what was edited:
-- BUILD.lua, the code of a rule, a variable. Follows the graph's own record of what
-- changed since the action was last right.
local M = {}

local DEEP = 200

--- The end of the chain in words; nil for what says nothing.
---@param name string  of the node function
---@param argument any
---@param code boolean  the way led through a library
---@return string?
local function words(name, argument, code)
  if name == "FILE_STATE" then
    return (code and "rule code changed: " or "file changed: ") .. argument
  elseif name == "DIRECTORY_LISTING" then
    return "directory changed: " .. (argument == "" and "." or argument)
  elseif name == "ENV" then
    return "environment changed: " .. argument
  elseif name == "BUILTIN" then
    return "skylua's own rules changed: " .. argument
  end
end

---@param engine Engine
---@param key Key
---@param since integer
---@param seen table<Key, boolean>
---@param depth integer
---@param code boolean
---@return string?
local function follow(engine, key, since, seen, depth, code)
  local node = engine:edges(key)
  if not node or node.changed_at <= since or seen[key] or depth > DEEP then return nil end
  seen[key] = true
  local name = key.name
  code = code or name == "MODULE"
  for _, group in ipairs(node.groups) do
    for _, dep in ipairs(group) do
      local found = follow(engine, dep, since, seen, depth + 1, code)
      if found then return found end
    end
  end
  return words(name, key.argument, code)
end

--- Reasons that do not name a file: the cause is not among the inputs.
---@param reason string
---@return boolean
function M.is_wanted(reason)
  local first = reason:match("^(%S+)")
  return first == "new" or first == "command" or first == "flag"
    or reason:find("^%l+ changed$") ~= nil or reason:find("^environment ") ~= nil
    or reason:find("^%l+ added") ~= nil or reason:find("^%l+ removed") ~= nil
end

--- What was edited, for an action that is being run: since it was last right, which its
--- node still tells; for a new action of a target that was there, since the build before.
---@param engine Engine
---@param action Key  ACTION
---@param target Key  CONFIGURED_TARGET
---@param before integer  the version when this build began
---@return string?  "file changed: app/BUILD.lua"
function M.find(engine, action, target, before)
  local node = engine:edges(action)
  local known = node and node.verified_at ~= 0
  if not known and not engine:replaced(target) then return nil end
  local since = known and node.verified_at or before
  return follow(engine, known and node.groups[1] and node.groups[1][1] or target, since, {}, 1,
    false)
end

return M
