--- The BUILD.lua that `skylua init` writes, from what init/scan.lua saw.
local list = require "util.list"
local path = require "util.path"
local scan = require "init.scan"

local M = {}

local EXPLICIT = 8     -- more files than these become a glob
local WIDTH = 96

---@class Draft
---@field known table
---@field name string            of the workspace
---@field taken table<string, boolean>
---@field lines string[]
---@field made string[]          "cc_binary app"

-- ---- writing ----

local function quoted(items)
  local out = {}
  for i, item in ipairs(items) do out[i] = ("%q"):format(item) end
  return out
end

--- { "a", "b" }, on one line or on many.
local function list_text(items, indent)
  local words = quoted(items)
  local line = "{ " .. table.concat(words, ", ") .. " }"
  if #line + indent + 12 <= WIDTH then return line end
  local pad = (" "):rep(indent + 2)
  return "{\n" .. pad .. table.concat(words, ",\n" .. pad) .. ",\n" .. (" "):rep(indent) .. "}"
end

local function paths(sources)
  local out = {}
  for i, source in ipairs(sources) do out[i] = source.path end
  return out
end

-- The files by name; when they are many, by patterns that leave out the others they would catch.
local function files_text(draft, sources)
  if #sources <= EXPLICIT then return list_text(paths(sources), 2) end
  local patterns, mine, others = {}, {}, {}
  for _, source in ipairs(sources) do
    mine[source.path] = true
    patterns[#patterns + 1] = path.join(source.dir, "*" .. path.extension(source.base))
  end
  patterns = list.unique(patterns)
  local caught = {}
  for _, pattern in ipairs(patterns) do caught[pattern] = true end
  for _, file in ipairs(draft.known.list) do
    local source = draft.known[file]
    if not mine[file] and caught[path.join(source.dir, "*" .. path.extension(source.base))] then
      others[#others + 1] = file
    end
  end
  if #others == 0 then return "glob " .. list_text(patterns, 2) end
  return ("glob {\n    %s,\n    exclude = %s,\n  }"):format(table.concat(quoted(patterns),
    ",\n    "), list_text(others, 4))
end

-- One call; `fields` are pairs {name, text}, those without a text are left out.
local function add_target(draft, rule, name, fields)
  local parts = { ("name = %q"):format(name) }
  for _, field in ipairs(fields) do
    if field[2] then parts[#parts + 1] = field[1] .. " = " .. field[2] end
  end
  local line = ("%s { %s }"):format(rule, table.concat(parts, ", "))
  if #line > WIDTH or line:find("\n") then
    line = ("%s {\n  %s,\n}"):format(rule, table.concat(parts, ",\n  "))
  end
  draft.lines[#draft.lines + 1] = line .. "\n"
  draft.made[#draft.made + 1] = rule:match("[^.]*$") .. " " .. name
end

-- A name that no other target and no file has.
local function free_name(draft, wanted, source)
  local choices = { wanted, source and (source.path:gsub("%.%w+$", ""):gsub("[^%w_%-]", "_")),
    wanted .. (source and "_" .. source.language or "_lib"), wanted .. "_2" }
  for i = 1, 4 do
    local name = choices[i]
    if name and not draft.taken[name] then
      draft.taken[name] = true
      return name
    end
  end
  return free_name(draft, wanted .. "_2", source)
end

local function stem(source)
  return (source.base:gsub("%.[^.]*$", ""))
end

local function optional(items)
  return #items > 0 and list_text(items, 2) or nil
end

-- ---- splitting ----

---@class Split
---@field programs Source[]
---@field tests Source[]
---@field rest Source[]
---@field helpers Source[]   of tests

---@param draft Draft
---@param language string
---@param runs_alone boolean  is a test without a main a program, too?
---@return Split
local function split(draft, language, runs_alone)
  local out = { programs = {}, tests = {}, rest = {}, helpers = {} }
  for _, file in ipairs(draft.known.list) do
    local source = draft.known[file]
    if source.language == language and not source.included then
      local named = source.base:find("test") or source.base:find("spec")
      local into = source.test and (source.main or runs_alone and named) and out.tests
        or source.test and language == "c" and out.helpers
        or source.main and out.programs or out.rest
      into[#into + 1] = source
    end
  end
  return out
end

-- ---- C ----

local LIBRARIES = { { "math%.h", "-lm" }, { "pthread%.h", "-pthread" },
  { "threads%.h", "-pthread" }, { "dlfcn%.h", "-ldl" } }

local function link_words(sources)
  local out = {}
  for _, pair in ipairs(LIBRARIES) do
    for _, source in ipairs(sources) do
      if source.text:find("#%s*include%s*<" .. pair[1] .. ">") then
        out[#out + 1] = pair[2]
        break
      end
    end
  end
  return list.unique(out)
end

local function headers(draft)
  local out = {}
  for _, file in ipairs(draft.known.list) do
    local source = draft.known[file]
    if source.language == "header" or source.included then out[#out + 1] = source end
  end
  return out
end

local function c_library(draft, s, hdrs)
  local sources = list.append(list.append({}, s.rest), hdrs)
  if #sources == 0 then return {} end
  local all = list.append(list.append(list.append({}, sources), s.programs), s.tests)
  local dirs = scan.search_dirs(list.append(all, s.helpers), "c", draft.known)
  local name = free_name(draft, draft.name)
  add_target(draft, "cc_library", name, {
    { "srcs", #s.rest > 0 and files_text(draft, s.rest) },
    { "hdrs", #hdrs > 0 and files_text(draft, hdrs) },
    { "includes", optional(dirs) }, { "linkopts", optional(link_words(sources)) },
  })
  return { ":" .. name }
end

local function c_targets(draft)
  local s = split(draft, "c", false)
  if #s.programs + #s.tests + #s.rest + #s.helpers == 0 then return end
  -- programs have the first choice of names
  local names = {}
  for i, source in ipairs(s.programs) do names[i] = free_name(draft, stem(source), source) end
  local deps = c_library(draft, s, headers(draft))
  for i, source in ipairs(s.programs) do
    add_target(draft, "cc_binary", names[i], { { "srcs", list_text({ source.path }, 2) },
      { "deps", optional(deps) }, { "linkopts", optional(link_words { source }) } })
  end
  if #s.tests > 0 and #s.helpers > 0 then
    local name = free_name(draft, "test_support")
    add_target(draft, "cc_library", name, { { "srcs", files_text(draft, s.helpers) },
      { "deps", optional(deps) } })
    deps = list.append({ ":" .. name }, deps)
  end
  for _, source in ipairs(s.tests) do
    add_target(draft, "cc_test", free_name(draft, stem(source), source), {
      { "srcs", list_text({ source.path }, 2) }, { "deps", optional(deps) },
      { "linkopts", optional(link_words { source }) } })
  end
end

-- ---- scripting languages ----

local function runner(source)
  if source.text:find("__name__%s*==") then return nil end
  return source.text:find("unittest", 1, true) and '"unittest"' or '"pytest"'
end

local SCRIPTS = {
  lua = { rule = "lua_", dirs = "paths" },
  python = { rule = "py.py_", dirs = "imports", runner = runner },
}

local function script_targets(draft, language)
  local how = SCRIPTS[language]
  local s = split(draft, language, true)
  local deps = {}
  local names = {}
  for i, source in ipairs(s.programs) do names[i] = free_name(draft, stem(source), source) end
  if #s.rest > 0 then
    local all = list.append(list.append(list.append({}, s.rest), s.programs), s.tests)
    local name = free_name(draft, draft.name .. "_" .. language)
    add_target(draft, how.rule .. "library", name, { { "srcs", files_text(draft, s.rest) },
      { how.dirs, optional(scan.search_dirs(all, language, draft.known)) } })
    deps[1] = ":" .. name
  end
  for i, source in ipairs(s.programs) do
    add_target(draft, how.rule .. "binary", names[i], {
      { "srcs", list_text({ source.path }, 2) }, { "deps", optional(deps) } })
  end
  for _, source in ipairs(s.tests) do
    add_target(draft, how.rule .. "test", free_name(draft, stem(source), source), {
      { "srcs", list_text({ source.path }, 2) }, { "deps", optional(deps) },
      { "runner", how.runner and how.runner(source) } })
  end
  return #s.rest + #s.programs + #s.tests > 0
end

local function shell_targets(draft)
  local s = split(draft, "shell", true)
  for _, pair in ipairs { { s.programs, "sh_binary" }, { s.tests, "sh_test" } } do
    for _, source in ipairs(pair[1]) do
      add_target(draft, pair[2], free_name(draft, stem(source), source), {
        { "srcs", list_text({ source.path }, 2) } })
    end
  end
end

-- ---- the whole file ----

local HEAD = [[
-- Written by `skylua init` from the files that it saw; change it as you like.
-- `skylua help targets` shows how targets are declared, `skylua help rules` what there is.

]]

local NOTHING = [[
-- What there is to build. For example:
--
--   cc_binary { name = "hello", srcs = { "hello.c" } }
--
-- `skylua help targets` shows how targets are declared, `skylua help rules` what there is.
]]

--- The text of the BUILD.lua for the current directory.
---@param workspace string  its name
---@return string text
---@return string[] made  "cc_binary app", ...
function M.text(workspace)
  local known = scan.files()
  local draft = { known = known, name = workspace, taken = {}, lines = {}, made = {} }
  for _, file in ipairs(known.list) do draft.taken[file] = true end
  c_targets(draft)
  script_targets(draft, "lua")
  local before = #draft.lines
  local python = script_targets(draft, "python")
  if python then
    table.insert(draft.lines, before + 1, 'local py = load "@sky//python.lua"\n')
  end
  shell_targets(draft)
  if #draft.made == 0 then return NOTHING, {} end
  return HEAD .. table.concat(draft.lines, "\n"), draft.made
end

return M
