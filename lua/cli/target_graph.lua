--- The graph of targets that questions ask about: loaded package by package from EDGES
-- nodes, whatever the configuration. A package in error is left out and remembered.
local core = require "core"
local label_of = require "model.label"
local label_set = require "cli.label_set"
local outcome = require "cli.outcome"
local path_of = require "util.path"
local patterns = require "cli.patterns"
local place_of = require "cli.place"
local select = require "cli.select"

local M = {}

---@class GraphTarget
---@field label string
---@field kind string     "cc_library", "source file", "generated file", "unknown"
---@field file string     where it stands: its BUILD.lua, or itself
---@field line? integer
---@field test? boolean
---@field suite? string[]
---@field module? string  that defines its rule
---@field attrs? table<string, string[]>
---@field labels string[]  what it names

---@class TargetGraph
---@field session Session
---@field packages table<string, table|false>  by package id: value of EDGES, false: in error
---@field failures Failure[]
---@field nodes table<string, GraphTarget>
local Graph = {}
Graph.__index = Graph

---@param session Session
---@return TargetGraph
function M.new(session)
  return setmetatable({ session = session, packages = {}, failures = {}, nodes = {} }, Graph)
end

---@param ids string[]  of packages
function Graph:load(ids)
  local keys, wanted = {}, {}
  for _, id in ipairs(ids) do
    if self.packages[id] == nil then
      self.packages[id] = false
      wanted[#wanted + 1] = id
      keys[#keys + 1] = core.key("EDGES", id)
    end
  end
  if #keys == 0 then return end
  local result = self.session:evaluate(keys, true)
  for i, id in ipairs(wanted) do
    local err = result:error(keys[i])
    if err then
      table.insert(self.failures, { label = label_of.shown_package(id), error = err,
        wrong_use = outcome.is_wrong_use(err) })
    end
    self.packages[id] = result:value(keys[i]) or false
  end
end

--- The ids of all packages in and below a directory.
---@param dir? string  "": all
---@return string[]
function Graph:all_packages(dir)
  local key = core.key("PACKAGES", dir or "")
  local result = self.session:evaluate({ key }, true)
  local err = result:error(key)
  if err then table.insert(self.failures, { label = "//...", error = err }) end
  return core.raw(result:value(key) or {})
end

---@param label string
---@return GraphTarget
local function unknown(label)
  return { label = label, kind = "unknown", file = "", labels = {} }
end

---@param package table
---@param pkg string
---@param name string
---@param label string
---@return GraphTarget
local function make_node(package, pkg, name, label)
  local target = package.targets[name]
  local build = path_of.join(package.dir, "BUILD.lua")
  if target then
    return { label = label, kind = target.rule, file = build, line = target.line,
      test = target.test, suite = target.suite and core.raw(target.suite), module = target.module,
      attrs = target.attrs, labels = core.raw(target.labels) }
  end
  local owner = package.outputs[name]
  if owner then
    return { label = label, kind = "generated file", file = build,
      line = package.targets[owner].line, labels = { label_of.text(pkg, owner) } }
  end
  return { label = label, kind = "source file", file = path_of.join(package.dir, name),
    labels = {} }
end

---@param label string
---@return GraphTarget
function Graph:node(label)
  local node = self.nodes[label]
  if node then return node end
  local pkg, name = label_of.split(label)
  if pkg then self:load { pkg } end
  local package = pkg and self.packages[pkg]
  node = package and make_node(package, pkg, name, label) or unknown(label)
  self.nodes[label] = node
  return node
end

--- Loads the packages of all these labels at once.
---@param labels string[]
function Graph:prepare(labels)
  local ids, seen = {}, {}
  for _, label in ipairs(labels) do
    local pkg = label_of.split(label)
    if pkg and not seen[pkg] then
      seen[pkg] = true
      ids[#ids + 1] = pkg
    end
  end
  self:load(ids)
end

--- All that a set needs, with the set itself; layer by layer, so that the packages of a
--- layer load in parallel.
---@param set LabelSet
---@return LabelSet
function Graph:deps(set)
  local all, layer = label_set.new(set.list), set.list
  while #layer > 0 do
    self:prepare(layer)
    local next_layer = {}
    for _, label in ipairs(layer) do
      for _, dep in ipairs(self:node(label).labels) do
        if not all.has[dep] then
          all:add(dep)
          next_layer[#next_layer + 1] = dep
        end
      end
    end
    layer = next_layer
  end
  return all
end

--- All targets of all packages of the workspace.
---@return LabelSet
function Graph:everything()
  if self.whole then return self.whole end
  local ids = self:all_packages()
  self:load(ids)
  local set = label_set.new()
  for _, id in ipairs(ids) do
    local package = self.packages[id]
    for name in core.pairs(package and package.targets or {}) do
      set:add(label_of.text(id, name))
    end
  end
  self.whole = set
  return set
end

--- Who needs something of `set`, with the set itself, among what `universe` needs.
---@param set LabelSet
---@param universe? LabelSet  default: everything
---@return LabelSet
function Graph:rdeps(set, universe)
  local within, users = self:deps(universe or self:everything()), {}
  for _, label in ipairs(within.list) do
    for _, dep in ipairs(self:node(label).labels) do
      local list = users[dep] or {}
      list[#list + 1] = label
      users[dep] = list
    end
  end
  local all, at = set:filter(function(label) return within.has[label] end), 1
  while all.list[at] do
    for _, user in ipairs(users[all.list[at]] or {}) do all:add(user) end
    at = at + 1
  end
  return all
end

--- A shortest way from one of `from` to one of `to`, in order; empty: there is none.
---@param from LabelSet
---@param to LabelSet
---@return LabelSet
function Graph:path(from, to)
  local via, layer, goal = {}, {}, nil
  for _, label in ipairs(from.list) do
    via[label] = false
    layer[#layer + 1] = label
    goal = goal or to.has[label] and label
  end
  while #layer > 0 and not goal do
    self:prepare(layer)
    local next_layer = {}
    for _, label in ipairs(layer) do
      for _, dep in ipairs(self:node(label).labels) do
        if via[dep] == nil then
          via[dep] = label
          next_layer[#next_layer + 1] = dep
          goal = goal or to.has[dep] and dep
        end
      end
    end
    layer = next_layer
  end
  local back = {}
  while goal do
    table.insert(back, 1, goal)
    goal = via[goal]
  end
  local set = label_set.new(back)
  set.ordered = true
  return set
end

--- Tests, with those that suites stand for.
---@param set LabelSet
---@return LabelSet
function Graph:tests(set)
  local out, queue, seen = label_set.new(), table.move(set.list, 1, #set.list, 1, {}), {}
  local at = 1
  while queue[at] do
    local node = self:node(queue[at])
    if node.test then out:add(node.label) end
    if node.suite and not seen[node.label] then
      seen[node.label] = true
      table.move(node.suite, 1, #node.suite, #queue + 1, queue)
    end
    at = at + 1
  end
  return out
end

-- ---- words of the user ----

--- The package that has a path, and the label of the file.
---@param path string  relative to the workspace
---@return string? label
---@return string? pkg
function Graph:file_label(path)
  path = path:gsub("^sky%-out/bin/", "")
  local root, dir = self.session.place.root, path
  while dir ~= "" do
    dir = path_of.dirname(dir)
    if place_of.kind(path_of.join(path_of.join(root, dir), "BUILD.lua")) then
      return label_of.text(dir, dir == "" and path or path:sub(#dir + 2)), dir
    end
  end
end

---@param label string
---@return Failure?
function Graph:check(label)
  local kind = self:node(label).kind
  if kind ~= "source file" and kind ~= "unknown" then return nil end
  local key = core.key("TARGET", { label })
  local err = self.session:evaluate({ key }, true):error(key)
  return err and { label = label, error = err, wrong_use = outcome.is_wrong_use(err, label) }
end

--- What a word stands for: a label, a pattern, a file.
---@param word string
---@return LabelSet?
---@return Failure?
function Graph:resolve(word)
  local pattern, err = patterns.read(word, self.session.place)
  if not pattern then return nil, { label = word, error = err, wrong_use = true } end
  if pattern.kind == "path" and place_of.kind(path_of.join(self.session.place.root,
      pattern.text)) ~= "directory" then
    local label = self:file_label(pattern.text)
    if not label then
      return nil, { label = word, wrong_use = true, error = {
        message = ("no package has '%s'"):format(pattern.text) } }
    end
    pattern = { kind = "label", text = label }
  elseif pattern.kind == "path" then
    pattern = { kind = "pattern", text = ("//%s:all"):format(pattern.text), word = word }
  end
  if pattern.kind == "label" then
    local failure = self:check(pattern.text)
    if failure then return nil, failure end
    return label_set.new { pattern.text }
  end
  local labels, failure = select.of_pattern(self.session, pattern)
  return labels and label_set.new(labels), failure
end

return M
