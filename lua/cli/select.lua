--- Which targets the words of the command line stand for: patterns are asked of the
-- graph, a file stands for the target that has it.
local core = require "core"
local outcome = require "cli.outcome"
local patterns = require "cli.patterns"
local place_of = require "cli.place"
local path_of = require "util.path"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

---@class Selection
---@field labels string[]      each once, in the order of the words
---@field failures Failure[]   words that stand for nothing, or cannot be found out

--- The nearest directory, upwards from the file, that is a package.
---@param root string
---@param path string
---@return string?
local function package_of(root, path)
  local dir = path
  while dir ~= "" do
    dir = path_of.dirname(dir)
    if place_of.kind(path_of.join(path_of.join(root, dir), "BUILD.lua")) then return dir end
  end
end

--- Does an attribute's value name the file?
---@param value any
---@param file string   relative to the package
---@param label string  the file's label
---@return boolean
local function names_file(value, file, label)
  if type(value) == "string" then return value == file or value == label end
  if type(value) ~= "table" and type(value) ~= "userdata" then return false end
  for _, part in sorted.pairs(value) do
    if names_file(part, file, label) then return true end
  end
  return false
end

--- The target of a package that has `file`: it makes it, is called so, or names it.
---@param package table  value of PACKAGE
---@param file string
---@param label string
---@return string? name
local function owner(package, file, label)
  if package.outputs[file] then return package.outputs[file] end
  if package.targets[file] then return file end
  for name, target in sorted.pairs(package.targets) do
    if names_file(target.attrs, file, label) then return name end
  end
end

---@param word string
---@param message string
---@param hint? string
---@return Failure
local function no_such(word, message, hint)
  return { label = word, error = { message = message, hint = hint }, wrong_use = true }
end

--- A path: a directory stands for its package's targets, a file for its owner.
---@param session Session
---@param pattern Pattern
---@return string[]? labels
---@return Failure?
local function of_path(session, pattern)
  local root = session.place.root
  local path = pattern.text:gsub("^sky%-out/bin/", "")
  if place_of.kind(path_of.join(root, path)) == "directory" then
    return M.of_pattern(session, { text = ("//%s:all"):format(path), word = pattern.word })
  end
  local pkg = package_of(root, path)
  if not pkg then
    return nil, no_such(pattern.word, ("no package has '%s'"):format(path),
      "there is no BUILD.lua in its directory or above it")
  end
  local key = core.key("PACKAGE", pkg)
  local result = session:evaluate({ key })
  local err = result:error(key)
  if err then return nil, { label = "//" .. pkg, error = err } end
  local package = result:value(key)
  local file = pkg == "" and path or path:sub(#pkg + 2)
  local name = owner(package, file, ("//%s:%s"):format(pkg, file))
  if name then return { ("//%s:%s"):format(pkg, name) } end
  return nil, no_such(pattern.word, ("no target of //%s has or makes '%s'"):format(pkg, file),
    suggest.hint(file, sorted.keys(package.targets)))
end

---@param session Session
---@param pattern { text: string, word: string }
---@return string[]? labels
---@return Failure?
function M.of_pattern(session, pattern)
  local key = core.key("TARGETS", pattern.text)
  local result = session:evaluate({ key })
  local err = result:error(key)
  if err then
    return nil, { label = pattern.word, error = err, wrong_use = outcome.is_wrong_use(err) }
  end
  local labels = {}
  for i, label in ipairs(result:value(key) or {}) do labels[i] = tostring(label) end
  return labels
end

---@param session Session
---@param pattern Pattern
---@return string[]? labels
---@return Failure?
local function expand(session, pattern)
  if pattern.kind == "label" then return { pattern.text } end
  return (pattern.kind == "path" and of_path or M.of_pattern)(session, pattern)
end

---@param words string[]
---@param place Place
---@return Pattern[]?
---@return UsageError?
function M.read(words, place)
  local list, positive = {}, false
  for i, word in ipairs(words) do
    local pattern, err = patterns.read(word, place)
    if not pattern then return nil, err end
    list[i] = pattern
    positive = positive or not pattern.negative
  end
  if not positive then table.insert(list, 1, patterns.default(place)) end
  return list
end

--- The targets that `words` stand for.
---@param session Session
---@param words string[]
---@return Selection?
---@return UsageError?
function M.targets(session, words)
  local list, err = M.read(words, session.place)
  if not list then return nil, err end
  local chosen, order, failures = {}, {}, {}
  for _, pattern in ipairs(list) do
    local labels, failure = expand(session, pattern)
    if failure then failures[#failures + 1] = failure end
    for _, label in ipairs(labels or {}) do
      if chosen[label] == nil and not pattern.negative then order[#order + 1] = label end
      chosen[label] = not pattern.negative
    end
  end
  local kept = {}
  for _, label in ipairs(order) do
    if chosen[label] then kept[#kept + 1] = label end
  end
  return { labels = kept, failures = failures }
end

return M
