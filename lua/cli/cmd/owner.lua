--- `skylua owner`: the targets that have or make a file.
local core = require "core"
local label_of = require "model.label"
local label_set = require "cli.label_set"
local output = require "cli.query_output"
local patterns = require "cli.patterns"
local question = require "cli.question"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {
  usage = "owner file",
  summary = "the targets of its package that have or make a file",
  examples = { "skylua owner src/main.c", "skylua owner sky-out/bin/app/version.h" },
  workspace = true,
}

---@param graph TargetGraph
---@param label string
---@param pkg string
---@return LabelSet
local function owners(graph, label, pkg)
  local set, package = label_set.new(), graph.packages[pkg]
  local _, name = label_of.split(label)
  if package.outputs[name] then set:add(label_of.text(pkg, package.outputs[name])) end
  for target, edges in core.pairs(package.targets) do
    for _, dep in ipairs(edges.labels) do
      if dep == label then set:add(label_of.text(pkg, target)) end
    end
  end
  return set
end

---@param session Session
---@param graph TargetGraph
---@param path string
---@return integer? exit
---@return UsageError?
local function answer(session, graph, path)
  local label, pkg = graph:file_label(path)
  if not label then
    return nil, { message = ("no package has '%s'"):format(path),
      hint = "there is no BUILD.lua in its directory or above it" }
  end
  graph:load { pkg }
  if not graph.packages[pkg] then return question.fail(session, graph.failures) end
  local set = owners(graph, label, pkg)
  if #set.list > 0 then return output.print(session, graph, set) end
  local files, seen = {}, {}
  for _, edges in core.pairs(graph.packages[pkg].targets) do
    for _, dep in ipairs(edges.labels) do
      local of, name = label_of.split(dep)
      if of == pkg then seen[name] = true end
    end
  end
  for name in sorted.pairs(seen) do files[#files + 1] = name end
  local _, name = label_of.split(label)
  return nil, { message = ("no target of //%s has or makes '%s'"):format(pkg, name),
    hint = suggest.hint(name, files) }
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words, err = question.words(options, 1, 1, M.examples[1])
  if not words then return nil, err end
  local pattern
  pattern, err = patterns.read(words[1], place)
  if not pattern then return nil, err end
  if pattern.kind == "pattern" then
    return nil, { message = ("owner wants a file, not '%s'"):format(words[1]),
      hint = M.examples[1] }
  end
  local path = pattern.text
  if pattern.kind == "label" then
    local pkg, name = label_of.split(path)
    path = pkg == "" and name or pkg .. "/" .. name
  end
  return question.ask(options, place, function(session, graph)
    return answer(session, graph, path)
  end)
end

return M
