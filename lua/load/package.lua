--- BUILD.lua to targets: what happens when a rule is called, and the other calls of a package.
---
--- declare() runs once per target, so its good way formats nothing and walks no stack.
local attr_check = require "model.attr_check"
local build_env = require "load.build_env"
local complain = require "load.complain"
local context = require "util.context"
local core = require "core"
local label = require "model.label"
local list_of = require "util.list"
local module = require "load.module"
local place = require "util.place"
local protect = require "load.protect"
local select_value = require "model.select"
local target_ref = require "model.target_ref"
local util_err = require "util.err"
local visibility = require "model.visibility"

local M = {}

local find = string.find
local getinfo = debug.getinfo
local raw = core.raw
local check = attr_check.check

---@class PackageContext: Context
---@field dir string
---@field targets table<string, table>
---@field outputs table<string, string>  file -> target
---@field output_dirs table<string, string>  directory -> the first output below it
---@field exports table<string, string[]> file -> visibility
---@field manual table<string, true>   targets with the tag of that name
---@field default_visibility string[]

-- The line in BUILD.lua, and the calls between (innermost first) when macros are involved.
local function location(c)
  local info = getinfo(3, "lf")
  if info and info.func == c.chunk then
    return info.currentline
  end
  local frames = place.frames(3)
  local chain = {}
  for i = 1, #frames do
    local frame = frames[i]
    if frame.file == c.label then
      if i == #frames then
        return frame.line, chain[1] and chain or nil
      end
    end
    chain[#chain + 1] = frame.file .. ":" .. frame.line
  end
  return 0, chain
end

-- A file cannot have files below it.
local function check_directories(c, file, name)
  local below = c.output_dirs[file]
  if below then
    complain.output_below(c, file, below, name)
  end
  local dir = file:match("^(.+)/[^/]*$")
  while dir do
    if c.outputs[dir] then
      complain.output_below(c, dir, file, name)
    end
    c.output_dirs[dir] = c.output_dirs[dir] or file
    dir = dir:match("^(.+)/[^/]*$")
  end
end

local function add_output(c, file, name)
  local owner = c.outputs[file]
  if owner and owner ~= name then
    complain.two_outputs(c, file, name)
  end
  if file ~= name and c.targets[file] then
    complain.output_is_target(c, file, name)
  end
  check_directories(c, file, name)
  c.outputs[file] = name
end

local function add_outputs(c, def, attrs, name)
  for _, key in ipairs(def.outputs) do
    local v = attrs[key]
    if type(v) == "string" then
      add_output(c, v, name)
    elseif v then
      for i = 1, #v do
        add_output(c, v[i], name)
      end
    end
  end
  for _, parts in ipairs(def.implied) do
    local file = parts[1] .. name .. parts[2]
    if file ~= name then
      add_output(c, file, name)
    end
  end
end

local function check_name(c, def, name, spec)
  if type(name) ~= "string" then
    complain.no_name(def, name)
  end
  if not find(name, "^[%w_%-+][%w_%-+.]*$") then
    local problem = label.name_problem(name)
    if problem then
      complain.bad_name(def, name, problem)
    end
  end
  if c.targets[name] then
    complain.two_targets(c, def, name, spec)
  end
  local owner = c.outputs[name]
  if owner then
    complain.target_is_output(c, def, name)
  end
end

local function check_attrs(c, def, spec)
  -- room for five from the start, for growing costs more than all else here
  local attrs = { _1 = nil, _2 = nil, _3 = nil, _4 = nil, _5 = nil }
  local schema, pkg = def.settable, c.pkg
  -- the order cannot be seen: the result is a map, and mistakes are looked for again in order
  for k, v in next, spec do
    local a = schema[k]
    if a then
      local value, problem = check(a, v, pkg)
      if problem then
        complain.attributes(c, def, spec)
      end
      attrs[k] = value
    elseif k ~= "name" and k ~= "visibility" then
      complain.attributes(c, def, spec)
    end
  end
  local mandatory = def.mandatory
  for i = 1, #mandatory do
    if attrs[mandatory[i]] == nil then
      complain.mandatory(def, spec, mandatory[i])
    end
  end
  return attrs
end

local function read_visibility(def, v)
  local list, problem = visibility.check(raw(v))
  if problem then
    complain.problem(def, "visibility", problem)
  end
  return list
end

local function declare(c, def, spec)
  if type(spec) ~= "table" then
    complain.not_a_table(def, spec)
  end
  spec = raw(spec)
  local name = spec.name
  check_name(c, def, name, spec)
  attr_check.saw_select = false
  local attrs = check_attrs(c, def, spec)
  local visible = spec.visibility
  if visible == nil then
    visible = c.default_visibility
  else
    visible = read_visibility(def, visible)
  end
  if attrs.tags and list_of.contains(raw(attrs.tags), "manual") then
    c.manual[name] = true
  end
  local line, chain = location(c)
  c.targets[name] = { name = name, rule = def.ref, attrs = attrs, visibility = visible,
    line = line, chain = chain, selects = attr_check.saw_select or nil, test = def.test or nil,
    suite = def.suite }
  if #def.outputs > 0 or #def.implied > 0 then
    add_outputs(c, def, attrs, name)
  end
  return target_ref.new(c.pkg, name)
end

-- ---- glob ----

local function pattern_problem(text)
  if text == "" then
    return "it is empty"
  elseif text:sub(1, 1) == "/" or text:find("^//") then
    return "it is absolute; patterns are relative to the package"
  elseif text:find("//", 1, true) or text:sub(-1) == "/" then
    return "it has an empty segment"
  end
  for part in text:gmatch("[^/]+") do
    if part == ".." or part == "." then
      return ("it has the segment '%s'"):format(part)
    elseif part:find("**", 1, true) and part ~= "**" then
      return "'**' stands alone between '/'"
    elseif part:gsub("%[!?%]?[^%]]*%]", ""):find("[", 1, true) then
      return "a '[' is not closed"
    end
  end
end

local function patterns(list, what, out)
  if type(list) == "string" then
    list = { list }
  elseif type(list) ~= "table" then
    place.raise({ code = "E0217", message = ("glob: %s is %s, and wants a list of patterns"):format(
      what, util_err.kind(list)) }, { key = what, call = "glob" })
  end
  for i, v in ipairs(raw(list)) do
    if type(v) == "table" then
      patterns(v, what, out)
    elseif type(v) ~= "string" then
      place.raise({ code = "E0217", message = ("glob: element %d of %s is %s"):format(i, what,
        util_err.kind(v)) }, { call = "glob" })
    else
      local problem = pattern_problem(v)
      if problem then
        place.raise({ code = "E0217", message = ("glob pattern '%s': %s"):format(v, problem) },
          { text = v })
      end
      out[#out + 1] = v
    end
  end
  return out
end

local GLOB_FIELDS = { exclude = true, allow_empty = true }

local function check_glob(spec)
  if type(spec) ~= "string" and (type(spec) ~= "table" or core.tag_of(spec)) then
    place.raise({ code = "E0217", message = "glob wants patterns, not " .. util_err.kind(spec),
      hint = 'write glob { "*.c" }' }, { call = "glob" })
  end
  spec = type(spec) == "string" and { spec } or raw(spec)
  for k in core.pairs(spec) do
    if type(k) == "string" and not GLOB_FIELDS[k] then
      complain.no_option("glob", k, GLOB_FIELDS)
    end
  end
  return spec
end

local function glob(c, spec)
  spec = check_glob(spec)
  local include = patterns(spec, "the list", {})
  local exclude = patterns(spec.exclude or {}, "exclude", {})
  if #include == 0 then
    place.raise({ code = "E0217", message = "this glob has no patterns",
      hint = 'write glob { "*.c" }' }, { call = "glob" })
  end
  local found = context.get(c.env, core.key("GLOB", { c.dir, include, exclude }))
  if #found == 0 and not spec.allow_empty then
    place.raise({ code = "E0216",
      message = ("nothing matches %s"):format(complain.quoted(include)),
      hint = "is the directory's name right? glob { ..., allow_empty = true } when nothing is fine",
    }, { text = include[1], call = "glob" })
  end
  local out = {}
  for i = 1, #found do
    out[i] = found[i]
  end
  return select_value.addable(out)
end

-- ---- package and export_files ----

local PACKAGE_FIELDS = { default_visibility = true }

local function package_call(c, spec)
  if type(spec) ~= "table" then
    complain.call_wants_table("package", spec)
  end
  for k in core.pairs(spec) do
    if not PACKAGE_FIELDS[k] then
      complain.no_option("package", k, PACKAGE_FIELDS)
    end
  end
  if next(c.targets) ~= nil then
    place.raise({ code = "E0234", message = "package { ... } stands before the first target" },
      { call = "package" })
  end
  if spec.default_visibility ~= nil then
    local list, problem = visibility.check(raw(spec.default_visibility))
    if problem then
      complain.problem({ name = "package" }, "default_visibility", problem)
    end
    c.default_visibility = list
  end
end

local function export_files(c, spec)
  if type(spec) ~= "table" then
    complain.call_wants_table("export_files", spec)
  end
  spec = raw(spec)
  local visible = { visibility.PUBLIC }
  if spec.visibility ~= nil then
    local list, problem = visibility.check(raw(spec.visibility))
    if problem then
      complain.problem({ name = "export_files" }, "visibility", problem)
    end
    visible = list
  end
  for k, v in core.pairs(spec) do
    if type(k) == "number" then
      for _, file in ipairs(type(v) == "table" and raw(v) or { v }) do
        local problem = type(file) ~= "string" and "is no string" or label.name_problem(file)
        if problem then
          place.raise({ code = "E0212", message = ("export_files: '%s' %s"):format(tostring(file),
            problem) }, { text = tostring(file), call = "export_files" })
        end
        c.exports[file] = visible
      end
    elseif k ~= "visibility" then
      complain.no_option("export_files", k, { visibility = true })
    end
  end
end

-- ---- the whole file ----

-- The names that a pattern stands for, sorted.
local function listed(c)
  local out = {}
  for name in next, c.targets do
    if not c.manual[name] then
      out[#out + 1] = name
    end
  end
  table.sort(out)
  return out
end

---@param env table
---@param pkg string package id
---@param dir string its directory
---@param text string
---@return PackageContext
local function new_context(env, pkg, dir, text)
  return {
    kind = "package", label = label.build_file(pkg), pkg = pkg, dir = dir, env = env, text = text,
    made = {}, rules = {}, functions = {}, loads = {}, values = {}, load = module.load,
    prefix = label.text(pkg, ""), targets = {}, outputs = {}, output_dirs = {}, exports = {},
    manual = {}, default_visibility = {},
    declare = declare, glob = glob, package = package_call, export_files = export_files,
  }
end

--- Runs a BUILD.lua in its PACKAGE node; the node's value.
---@param env table
---@param pkg string package id
---@param dir string
---@param text string
---@return table
function M.compute(env, pkg, dir, text)
  local c = new_context(env, pkg, dir, text)
  context.active = c
  local prelude = module.prelude(c)
  local chunk, message = load(text, "=" .. c.label, "t", build_env.with_prelude(prelude))
  if not chunk then
    error(protect.syntax_error(c.label, text, message), 0)
  end
  c.chunk = chunk
  local ok, e = protect.call(c, chunk)
  if not ok then
    error(e, 0)
  end
  module.check_sealed(c.values)
  return { path = pkg, dir = dir ~= pkg and dir or nil, targets = c.targets, outputs = c.outputs,
    listed = listed(c),
    exports = c.exports, modules = c.loads, default_visibility = c.default_visibility }
end

return M
