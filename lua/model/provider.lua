--- Providers: what a target tells its dependents, as tagged data with named fields.
--- provider{...} gives a function that makes instances; the function is also the key in dep[X].
local core = require "core"
local context = require "util.context"
local depset = require "model.depset"
local naming = require "model.naming"
local place = require "util.place"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

---@class ProviderDef
---@field id string  "//tools/upper.lua#UpperInfo"; DefaultInfo and TestInfo have no module
---@field name string
---@field doc? string
---@field fields? table<string, string>  name -> doc; nil: any field
---@field check? fun(spec: table)     checks and completes the fields of the built-in ones

local by_function = setmetatable({}, { __mode = "k" })
local by_id = {}

local function field_names(def)
  return sorted.keys(def.fields or {})
end

local function unknown_field(def, k, code)
  return {
    code = code,
    message = ("%s has no field '%s'"):format(def.name, tostring(k)),
    hint = suggest.hint(tostring(k), field_names(def))
      or "its fields: " .. table.concat(field_names(def), ", "),
  }
end

local methods = {}

function methods.__tostring(obj)
  local def = M.def_of_tag(core.tag_of(obj))
  return def and def.name or "provider"
end

function methods.__missing(obj, k)
  local def = M.def_of_tag(core.tag_of(obj))
  if not def or not def.fields or def.fields[k] or type(k) == "number" then
    return nil
  end
  place.raise(unknown_field(def, k, "E0227"))
end

core.tag("provider", methods)

--- The definition behind a tag, when its module is at hand in this state.
---@param tag string?
---@return ProviderDef?
function M.def_of_tag(tag)
  local id = tag and tag:match("^provider:(.*)$")
  return id and by_id[id] or nil
end

--- The definition behind what provider{} returned; nil for anything else.
---@param f any
---@return ProviderDef?
function M.def(f)
  return by_function[f]
end

--- The name of a provider id for people.
---@param id string
---@return string
function M.short(id)
  return id:match("#([^#]*)$") or id
end

--- The id of an instance, nil when `x` is none.
---@param x any
---@return string?
function M.id_of(x)
  local tag = core.tag_of(x)
  return tag and tag:match("^provider:(.*)$")
end

local function not_a_table(def)
  place.raise({ code = "E0227",
    message = ("%s takes one table: %s { field = value }"):format(def.name, def.name) },
    { call = def.name })
end

-- Finds the first mistake, in a fixed order.
local function wrong_instance(def, spec)
  for _, k in ipairs(sorted.keys(spec)) do
    if type(k) ~= "string" then
      place.raise({ code = "E0227",
        message = ("%s takes named fields, not a list"):format(def.name) }, { call = def.name })
    elseif def.fields and not def.fields[k] then
      place.raise(unknown_field(def, k, "E0227"), { key = k })
    end
  end
  local _, where = core.check(spec)
  place.raise({ code = "E0227",
    message = ("a provider holds plain data only: %s.%s"):format(def.name, where or "?"),
    hint = "store labels, files, depsets, strings, numbers, lists and maps" },
    { call = def.name })
end

-- Plain data? Tagged values and depsets are, by the way they are made.
local function is_plain(v)
  local t = type(v)
  if t == "table" then
    return core.is_frozen(v) or core.is_depset(v) or core.check(v)
  end
  return t ~= "function" and (t ~= "userdata" or core.is_depset(v))
end

-- A checked copy.
local function copy_instance(def, spec)
  if type(spec) ~= "table" or debug.getmetatable(spec) then
    not_a_table(def)
  end
  local copy, fields = {}, def.fields
  -- only a map is filled: the order cannot be seen
  for k, v in next, spec do
    if type(k) ~= "string" or (fields and not fields[k]) or not is_plain(v) then
      wrong_instance(def, spec)
    end
    copy[k] = v
  end
  return copy
end

--- Makes a provider and registers it.
---@param def ProviderDef
---@return fun(spec: table): any
function M.new(def)
  local tag = "provider:" .. def.id
  local function construct(spec)
    local copy = copy_instance(def, spec)
    if def.check then
      def.check(copy)
    end
    return core.make(tag, copy)
  end
  by_function[construct] = def
  by_id[def.id] = def
  return construct
end

local function read_fields(fields)
  if fields == nil then
    return nil
  end
  local out = {}
  for k, v in core.pairs(fields) do
    if type(k) == "number" then
      out[v] = ""
    else
      out[k] = tostring(v)
    end
  end
  return out
end

local OPTIONS = { doc = "string", fields = "table" }

--- The function `provider` of libraries.
---@param spec { doc?: string, fields?: table }
---@return function
function M.define(spec)
  local c = context.active
  if type(spec) ~= "table" then
    place.raise({ code = "E0227",
      message = "provider takes one table: provider { fields = { ... } }" }, { call = "provider" })
  end
  for k, v in sorted.pairs(spec) do
    if OPTIONS[k] ~= type(v) then
      place.raise({ code = "E0227", message = OPTIONS[k]
          and ("'%s' of provider must be a %s"):format(k, OPTIONS[k])
          or ("provider has no option '%s'"):format(tostring(k)),
        hint = "its options: doc, fields" }, { key = tostring(k) })
    end
  end
  if not c or not c.made then
    place.raise({ code = "E0234",
      message = "provider is called while its file is loaded, not later" }, { call = "provider" })
  end
  local name = naming.own_name(c, "provider")
  return M.new { id = c.label .. "#" .. name, name = name, doc = spec.doc,
    fields = read_fields(spec.fields) }
end

local function not_a_file(what, x)
  place.raise({ code = "E0227", message = ("%s holds files, and here is %s"):format(what,
    util_err.kind(x)), hint = "files come from ctx.files, and outputs from ctx:declare_file" },
    { key = what:match("[^.]*$") })
end

local function files_of(v, what)
  if v ~= nil and core.is_depset(v) then
    return v
  elseif v ~= nil and (type(v) ~= "table" or core.tag_of(v)) then
    not_a_file(what, v)
  end
  local items = depset.flat(v or {}, what)
  for _, x in ipairs(items) do
    if core.tag_of(x) ~= "artifact" and not core.is_depset(x) then
      not_a_file(what, x)
    end
  end
  return depset.mixed(items)
end

--- `files` and `runfiles` may be lists; readers always find depsets.
local function complete_default(spec)
  for _, k in ipairs { "files", "runfiles" } do
    spec[k] = files_of(spec[k], "DefaultInfo." .. k)
  end
  local exe = spec.executable
  if exe ~= nil and core.tag_of(exe) ~= "artifact" then
    not_a_file("DefaultInfo.executable", exe)
  end
end

local function complete_test(spec)
  spec.data = files_of(spec.data, "TestInfo.data")
  spec.argv = spec.argv and depset.flat(spec.argv, "TestInfo.argv")
end

M.DefaultInfo = M.new {
  check = complete_default,
  id = "DefaultInfo", name = "DefaultInfo",
  fields = { files = "what building the target makes: a list or depset of files",
    executable = "the file that `run` starts", runfiles = "files needed when it runs" },
}

M.TestInfo = M.new {
  check = complete_test,
  id = "TestInfo", name = "TestInfo",
  fields = { executable = "the file to run", args = "its arguments", argv = "instead of both",
    env = "map of variables", env_inherit = "names taken from the caller's environment",
    data = "files needed when it runs", timeout = "seconds" },
}

return M
