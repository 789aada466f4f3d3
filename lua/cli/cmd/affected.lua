--- `skylua affected`: the targets that a change can reach.
local core = require "core"
local label_of = require "model.label"
local label_set = require "cli.label_set"
local output = require "cli.query_output"
local path_of = require "util.path"
local patterns = require "cli.patterns"
local place_of = require "cli.place"
local question = require "cli.question"

local M = {
  usage = "affected [file...]",
  summary = "the targets (--tests: the tests) that a change can reach",
  details = "--since asks git what differs from REV, with what is not committed and not tracked.\n"
    .. "A changed BUILD.lua reaches all targets of its package, a library of rules all that load\n"
    .. "it, a file that is gone all targets of its package.\n",
  examples = { "skylua affected --since=origin/main", "skylua affected lib/greet.h",
    "skylua test $(skylua affected --tests --since=HEAD)" },
  workspace = true,
}

---@param text string
---@return string
local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- What git says, between zero bytes.
---@param root string
---@param arguments string
---@param files string[]  gets the names
---@return boolean ok
local function git(root, arguments, files)
  local pipe = io.popen(("git -C %s %s 2>/dev/null"):format(quoted(root), arguments))
  if not pipe then return false end
  for name in pipe:read("a"):gmatch("([^%z]+)") do files[#files + 1] = name end
  return pipe:close() == true
end

---@param root string
---@param since string
---@return string[]?
---@return UsageError?
local function changed_since(root, since)
  local files = {}
  local verify = "rev-parse --verify --quiet " .. quoted(since .. "^{commit}") .. " >/dev/null"
  if since:find("^%-") or not git(root, verify, {}) then
    local inside = git(root, "rev-parse --git-dir >/dev/null", {})
    return nil, inside and { message = ("git knows no revision '%s'"):format(since) }
      or { message = "--since needs git, and this is no git repository",
        hint = "name the changed files instead: skylua affected lib/greet.h" }
  end
  local diff = "diff --name-only --no-renames --relative -z " .. quoted(since) .. " --"
  local ok = git(root, diff, files)
    and git(root, "ls-files --others --exclude-standard -z", files)
  if not ok then return nil, { exit = 1, message = "git failed" } end
  return files
end

---@param words string[]
---@param place Place
---@return string[]?
---@return UsageError?
local function named(words, place)
  local files = {}
  for i, word in ipairs(words) do
    local pattern, err = patterns.read(word, place)
    if not pattern then return nil, err end
    if pattern.kind == "label" then
      local pkg, name = label_of.split(pattern.text)
      pattern.text = path_of.join(pkg, name)
    elseif pattern.kind == "pattern" then
      return nil, { message = ("affected wants files, not '%s'"):format(word) }
    end
    files[i] = pattern.text
  end
  return files
end

-- ---- from files to targets ----

---@param graph TargetGraph
---@param pkg string
---@param set LabelSet
local function add_package(graph, pkg, set)
  graph:load { pkg }
  local package = graph.packages[pkg]
  for name in core.pairs(package and package.targets or {}) do set:add(label_of.text(pkg, name)) end
end

--- The packages that load these libraries, directly or through others.
---@param session Session
---@param graph TargetGraph
---@param changed table<string, boolean>  paths
---@param set LabelSet
local function add_loaders(session, graph, changed, set)
  local keys, index, ids = {}, {}, graph:all_packages()
  graph:load(ids)
  for _, id in ipairs(ids) do
    for _, module in ipairs(graph.packages[id] and graph.packages[id].modules or {}) do
      if not index[module] then
        keys[#keys + 1] = core.key("MODULE", module)
        index[module] = keys[#keys]
      end
    end
  end
  local result = session:evaluate(keys, true)
  local function reaches(module)
    local value = result:value(index[module])
    if not value then return true end
    if changed[value.path] then return true end
    for _, below in core.pairs(value.closure) do
      if changed[below.path] then return true end
    end
    return false
  end
  for _, id in ipairs(ids) do
    for _, module in ipairs(graph.packages[id] and graph.packages[id].modules or {}) do
      if reaches(module) then
        add_package(graph, id, set)
        break
      end
    end
  end
end

--- What a changed file touches at once: its label, or the targets of its package.
---@param session Session
---@param graph TargetGraph
---@param path string
---@param set LabelSet
local function add_file(session, graph, path, set)
  local label, pkg = graph:file_label(path)
  if not label then return end
  if path_of.basename(path) == "BUILD.lua" then
    local dir = path_of.dirname(path)
    add_package(graph, place_of.kind(path_of.join(session.place.root, path)) and dir or pkg, set)
    return
  end
  set:add(label)
  if not place_of.kind(path_of.join(session.place.root, path)) then
    add_package(graph, pkg, set)
  end
end

---@param session Session
---@param graph TargetGraph
---@param files string[]
---@return LabelSet
local function touched(session, graph, files)
  local set, libraries = label_set.new(), {}
  for _, path in ipairs(files) do
    if path == "WORKSPACE.lua" then return graph:everything() end
    if path:find("%.lua$") then libraries[path] = true end
    add_file(session, graph, path, set)
  end
  if next(libraries) then add_loaders(session, graph, libraries, set) end
  return set
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words = table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
  if (#words == 0) == (not options.since) then
    return nil, { message = "affected wants --since=REV or the names of changed files",
      hint = M.examples[1] }
  end
  local files, err
  if options.since then
    files, err = changed_since(place.root, options.since)
  else
    files, err = named(words, place)
  end
  if not files then return nil, err end
  return question.ask(options, place, function(session, graph)
    local set = graph:rdeps(touched(session, graph, files))
    set = set:filter(function(label)
      local node = graph:node(label)
      return not node.kind:find " file$" and node.kind ~= "unknown"
        and (not options.tests or node.test)
    end)
    return output.print(session, graph, set)
  end)
end

return M
