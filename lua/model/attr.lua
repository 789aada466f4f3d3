--- Attribute definitions: attr.string { ... }, attr.label_list { ... } and so on.
--- A definition is tagged data, so that libraries can share and export it.
local core = require "core"
local place = require "util.place"
local provider = require "model.provider"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

---@class AttrDef
---@field kind string
---@field default any
---@field mandatory boolean?
---@field values any[]?          allowed values
---@field allow_files true|string[]|nil
---@field single boolean?        exactly one file
---@field providers string[][]?  alternatives, each a list of provider ids
---@field executable boolean?
---@field doc string?

M.KINDS = { "string", "int", "bool", "string_list", "string_dict", "label", "label_list",
  "label_dict", "output", "output_list",
  -- of the shipped rules: a string or a list of strings; a map or a list of names; values of
  -- options, which may be booleans and integers
  "command", "environment", "settings" }

M.IS_LABEL = { label = true, label_list = true, label_dict = true }

-- option -> what it must be; "label" options are for label kinds only
local OPTIONS = {
  default = "any", mandatory = "boolean", values = "table", doc = "string",
  allow_files = "files", allow_single_file = "files", providers = "table", cfg = "string",
  executable = "boolean",
}
local LABEL_ONLY = { allow_files = true, allow_single_file = true, providers = true, cfg = true,
  executable = true }

-- What other tools call them.
local ALSO = { required = "mandatory", allowed = "values", allow_extensions = "allow_files",
  help = "doc", description = "doc" }

local function bad(kind, message, key, hint)
  place.raise({ code = "E0226", message = ("attr.%s: %s"):format(kind, message), hint = hint },
    { key = key, call = kind })
end

local function read_files(kind, key, v)
  if type(v) == "boolean" then
    return v or nil
  end
  if type(v) ~= "table" then
    bad(kind, ("'%s' wants true or a list of extensions, not %s"):format(key,
      util_err.kind(v)), key)
  end
  local out = {}
  for i, ext in ipairs(v) do
    if type(ext) ~= "string" or ext:sub(1, 1) ~= "." then
      bad(kind, ("'%s' wants extensions such as \".txt\""):format(key), key)
    end
    out[i] = ext
  end
  return out
end

local function provider_id(kind, f)
  local def = provider.def(f)
  if not def then
    bad(kind, "'providers' wants a list of providers, not " .. util_err.kind(f), "providers")
  end
  return def.id
end

-- { A, B }: both; { { A }, { B } }: one or the other.
local function read_providers(kind, list)
  local all, alternatives = {}, {}
  for _, item in ipairs(list) do
    if type(item) == "function" then
      all[#all + 1] = provider_id(kind, item)
    else
      if type(item) ~= "table" then
        provider_id(kind, item)
      end
      local group = {}
      for i, f in ipairs(core.raw(item)) do
        group[i] = provider_id(kind, f)
      end
      alternatives[#alternatives + 1] = group
    end
  end
  if #all > 0 then
    alternatives[#alternatives + 1] = all
  end
  return alternatives
end

local function check_option(kind, key, v)
  local want = OPTIONS[key]
  if not want or (LABEL_ONLY[key] and not M.IS_LABEL[kind]) then
    local known = {}
    for name in sorted.pairs(OPTIONS) do
      if not LABEL_ONLY[name] or M.IS_LABEL[kind] then known[#known + 1] = name end
    end
    bad(kind, ("there is no option '%s'"):format(tostring(key)), tostring(key),
      ALSO[key] and ("did you mean '%s'?"):format(ALSO[key])
        or suggest.hint(tostring(key), known) or "there is " .. table.concat(known, ", "))
  end
  if want ~= "any" and want ~= "files" and type(v) ~= want then
    bad(kind, ("'%s' wants a %s, not %s"):format(key, want, util_err.kind(v)), key)
  end
end

local function read_values(values)
  local out = {}
  for i, v in ipairs(values) do
    out[i] = v
  end
  return out
end

local function define(kind, spec)
  local def = { kind = kind }
  if spec == nil then
    spec = {}
  elseif type(spec) ~= "table" then
    bad(kind, "takes one table of options: attr." .. kind .. " { ... }", nil)
  end
  spec = core.raw(spec)
  for key, v in sorted.pairs(spec) do
    check_option(kind, key, v)
  end
  def.default, def.mandatory, def.doc = spec.default, spec.mandatory, spec.doc
  def.executable = spec.executable
  def.values = spec.values and read_values(spec.values)
  if spec.allow_files ~= nil then
    def.allow_files = read_files(kind, "allow_files", spec.allow_files)
  end
  if spec.allow_single_file ~= nil then
    def.allow_files = read_files(kind, "allow_single_file", spec.allow_single_file)
    def.single = spec.allow_single_file ~= false or nil
  end
  if spec.cfg and spec.cfg ~= "target" and spec.cfg ~= "exec" then
    bad(kind, "'cfg' is \"target\" or \"exec\"", "cfg")
  end
  def.cfg = spec.cfg
  def.providers = spec.providers and read_providers(kind, spec.providers)
  local ok, where = core.check(def)
  if not ok then
    bad(kind, "options are plain data, but here is " .. tostring(where), "default")
  end
  return core.make("attr", def)
end

core.tag("attr", { __tostring = function(a) return "attr." .. core.raw(a).kind end })

--- The table `attr` of libraries.
M.constructors = {}
for _, kind in ipairs(M.KINDS) do
  M.constructors[kind] = function(spec)
    return define(kind, spec)
  end
end

--- The definition behind an object of attr.*; nil for anything else.
---@param x any
---@return AttrDef?
function M.def(x)
  if core.tag_of(x) == "attr" then
    return core.raw(x)
  end
end

return M
