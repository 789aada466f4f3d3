--- Rules: what rule { ... } makes. A rule is a function that declares a target.
local context = require "util.context"
local attr = require "model.attr"
local attr_check = require "model.attr_check"
local core = require "core"
local label = require "model.label"
local naming = require "model.naming"
local place = require "util.place"
local provider = require "model.provider"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local target_ref = require "model.target_ref"
local util_err = require "util.err"

local M = {}

---@class RuleDef
---@field module string           label of the file that defines it
---@field name string
---@field ref { module: string, name: string }
---@field doc? string
---@field attrs table<string, AttrDef>
---@field settable table<string, AttrDef>  those that a target can set: not the private ones
---@field names string[]          of the attributes, sorted
---@field suite? string           the attribute whose targets stand for this one in `test`
---@field mandatory string[]
---@field outputs string[]        names of output attributes
---@field implied { [1]: string, [2]: string }[]  prefix and suffix around the target's name
---@field provides string[]       provider ids
---@field impl fun(ctx: table): table?
---@field config string[]        settings that impl always reads: a hint, to look only once
---@field test boolean
---@field executable boolean

local by_function = setmetatable({}, { __mode = "k" })

local COMMON = {
  tags = { kind = "string_list", doc = "words for people and tools; manual: not part of //..." },
}

local OPTIONS = { doc = "string", attrs = "table", provides = "table", impl = "function",
  implementation = "function", outputs = "table", test = "boolean", executable = "boolean",
  suite = "string", config = "table" }

local function bad(message, key, hint)
  place.raise({ code = "E0226", message = "rule: " .. message, hint = hint },
    { key = key, call = "rule" })
end

--- The definition behind a rule; nil for anything else.
---@param f any
---@return RuleDef?
function M.def(f)
  return by_function[f]
end

local function check_options(spec)
  if type(spec) ~= "table" then
    bad("it takes one table: rule { attrs = { ... }, impl = function(ctx) ... end }")
  end
  for k, v in sorted.pairs(spec) do
    local want = OPTIONS[k]
    if not want then
      bad(("there is no option '%s'"):format(tostring(k)), tostring(k),
        suggest.hint(tostring(k), sorted.keys(OPTIONS)))
    elseif type(v) ~= want then
      bad(("'%s' wants a %s, not %s"):format(k, want, util_err.kind(v)), k)
    end
  end
  if not (spec.impl or spec.implementation) then
    bad("it needs impl = function(ctx) ... end")
  end
end

local RESERVED = { name = true, visibility = true, tags = true }

-- A copy with a checked default; labels in it are of the library's package.
local function compile_attr(name, a, pkg)
  local copy = {}
  for k, v in sorted.pairs(a) do
    copy[k] = v
  end
  if a.default ~= nil then
    local value, problem = attr_check.check(a, a.default, pkg)
    if problem then
      bad(("the default of '%s' does not fit: %s"):format(name,
        problem.message or ("it wants " .. (problem.wants or "another value"))), name)
    end
    copy.default = value
  elseif a.kind == "bool" then
    copy.default = false
  end
  return copy
end

local function compile_attrs(def, spec, pkg)
  for name, x in core.pairs(spec) do
    local a = attr.def(x)
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      bad("attributes have names", "attrs")
    elseif RESERVED[name] then
      bad(("every rule has the attribute '%s'"):format(name), name)
    elseif not a then
      bad(("the attribute '%s' is %s"):format(name, util_err.kind(x)), name,
        ("write %s = attr.string { ... } or another kind of attr"):format(name))
    end
    def.attrs[name] = compile_attr(name, a, pkg)
  end
  for name, a in sorted.pairs(COMMON) do
    def.attrs[name] = a
  end
  for name, a in sorted.pairs(def.attrs) do
    def.names[#def.names + 1] = name
    if name:sub(1, 1) ~= "_" then
      def.settable[name] = a
    end
    if a.mandatory then
      def.mandatory[#def.mandatory + 1] = name
    end
    if a.kind == "output" or a.kind == "output_list" then
      def.outputs[#def.outputs + 1] = name
    end
  end
end

local function provider_ids(list)
  local out = {}
  for i, f in ipairs(list) do
    local def = provider.def(f)
    if not def then
      bad("'provides' wants a list of providers, not " .. util_err.kind(f), "provides")
    end
    out[i] = def.id
  end
  return out
end

local function implied_outputs(list)
  local out = {}
  for i, pattern in ipairs(list) do
    local before, after = tostring(pattern):match("^(.-){name}(.*)$")
    if not before then
      bad("'outputs' wants names with {name} in them, such as \"lib{name}.a\"", "outputs")
    end
    out[i] = { before, after }
  end
  return out
end

local function settings_read(list)
  for i, name in ipairs(list) do
    if type(name) ~= "string" then
      bad(("'config' wants names of settings, and element %d is %s"):format(i,
        util_err.kind(name)), "config")
    end
  end
  return list
end

-- Kinds of attributes that core.target knows; with `values` they are looked at in Lua.
local PLAIN = { string = true, bool = true, int = true, string_list = true, label = true,
  label_list = true }

local function schema_of(def)
  local fields = { { "name", "name", true }, { "visibility", "visibility", false } }
  for name, a in sorted.pairs(def.settable) do
    -- tags mean something to the package
    local plain = PLAIN[a.kind] and not a.values and name ~= "tags"
    fields[#fields + 1] = { name, plain and a.kind or "other", a.mandatory or false }
  end
  table.sort(fields, function(x, y) return x[1] < y[1] end)
  -- outputs that attributes name are for Lua
  return #def.outputs == 0 and core.schema(fields, def.implied, def.ref, def.suite, def.test)
    or false
end

local target = core.target

-- A call that is plainly right is done by core.target; every other one by the declare of its file
-- (load/package.lua). A rule of the same file has no final name yet.
local function callable(def)
  local schema
  return function(spec)
    local c = context.active
    if c and c.chunk and schema ~= false and def.module ~= c.label then
      schema = schema or schema_of(def)
      local name = schema and target(schema, c.targets, c.outputs, c.output_dirs, c.prefix,
        c.default_visibility, c.chunk, spec)
      if name then
        return target_ref.new(c.pkg, name)
      end
    end
    local declare = c and c.declare
    if not declare then
      place.raise({ code = "E0234",
        message = ("a target of %s can be declared only while a BUILD.lua runs"):format(def.name),
        hint = "put the call into a function, and call that from BUILD.lua" }, { call = def.name })
    end
    return declare(c, def, spec)
  end
end

--- The function `rule` of libraries.
---@param spec table
---@return function
function M.define(spec)
  local c = context.active
  check_options(spec)
  if not c or not c.made then
    place.raise({ code = "E0234", message = "rule is called while its file is loaded, not later" },
      { call = "rule" })
  end
  local def = {
    module = c.label, name = naming.own_name(c, "rule"), doc = spec.doc, attrs = {}, names = {},
    settable = {}, suite = spec.suite, mandatory = {}, outputs = {},
    impl = spec.impl or spec.implementation,
    test = spec.test or false, executable = spec.executable or spec.test or false,
    provides = provider_ids(spec.provides or {}), implied = implied_outputs(spec.outputs or {}),
    config = settings_read(spec.config or {}),
  }
  def.ref = { module = def.module, name = def.name }
  compile_attrs(def, spec.attrs or {}, label.module_dir(c.label))
  local f = callable(def)
  by_function[f] = def
  c.rules[#c.rules + 1] = def
  return f
end

--- Gives a rule the name under which its library exports it.
---@param def RuleDef
---@param name string
function M.rename(def, name)
  def.name = name
  def.ref.name = name
end

return M
