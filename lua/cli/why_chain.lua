--- Reasons read back: from an action that ran down to what was edited.
local M = {}

---@class ReasonPart
---@field text string
---@field what? string   "input", "header", "tool", "output", "file", "flag" ...
---@field how? string    "changed", "added", "removed", "missing"
---@field name? string

--- The parts of "flag added: -g; input changed: a.c and 2 more".
---@param reason string
---@return ReasonPart[]
function M.parts(reason)
  local parts = {}
  for text in (reason .. "; "):gmatch("(.-); ") do
    local what, how, name = text:match("^([%l' ]-) (%l+): (.+)$")
    if name then name = name:gsub(" and %d+ more$", "") end
    parts[#parts + 1] = { text = text, what = what, how = how, name = name }
  end
  return parts
end

local FILES = { input = true, header = true, tool = true }

---@class Actions
---@field by_output table<string, LoggedAction>
---@field by_label table<string, LoggedAction[]>  in the order they ended

--- The actions of a log, to be found by output and by label.
---@param log BuildLog
---@return Actions
function M.index(log)
  local index = { by_output = {}, by_label = {} }
  for _, action in ipairs(log.actions) do
    for _, path in ipairs(action.outputs) do index.by_output[path] = action end
    local list = index.by_label[action.label] or {}
    list[#list + 1] = action
    index.by_label[action.label] = list
  end
  return index
end

--- The action that made what a reason names, when it ran in the same build.
---@param index Actions
---@param action LoggedAction
---@return LoggedAction?
function M.cause(index, action)
  for _, part in ipairs(M.parts(action.reason)) do
    local maker = FILES[part.what] and part.how ~= "removed" and index.by_output[part.name]
    if maker and maker ~= action then return maker end
  end
end

--- The actions from `action` down to the first one that ran.
---@param index Actions
---@param action LoggedAction
---@return LoggedAction[]
function M.chain(index, action)
  local chain, seen = {}, {}
  while action and not seen[action] do
    seen[action] = true
    chain[#chain + 1] = action
    action = M.cause(index, action)
  end
  return chain
end

--- The end of the chain in words for people.
---@param part ReasonPart
---@return string
local function leaf(part)
  if not part.name then return part.text end
  if part.how == "changed" and part.what ~= "output" and part.name:find("^sky%-out/") then
    return part.name .. " was made again, in an earlier build"
  end
  if FILES[part.what] or part.what == "file" or part.what == "rule code" then
    local how = part.how == "changed" and "was edited" or part.how == "added" and "is new here"
      or part.how == "removed" and "is no longer an input" or part.how
    local role = part.what == "rule code" and "the rule code "
      or part.what == "tool" and "the tool " or ""
    return ("%s%s %s"):format(role, part.name, how)
  elseif part.what == "output" then
    return part.how == "missing" and part.name .. " was missing"
      or part.name .. " was edited by something else"
  elseif part.what == "directory" then
    return "a file came or went in " .. (part.name == "." and "the root" or part.name)
  end
  return part.text
end

--- What began it all: the words for each part of the last action's reason.
---@param action LoggedAction
---@return string[]
function M.leaves(action)
  if action.reason == "new" then
    return { action.config == "" and "it had not been built before"
      or ("it had not been built before with %s"):format(action.config) }
  end
  local list = {}
  for _, part in ipairs(M.parts(action.reason)) do
    if part.text ~= "new" then list[#list + 1] = leaf(part) end
  end
  return list
end

return M
