--- WORKSPACE.lua: the root's settings.
local build_env = require "load.build_env"
local core = require "core"
local list = require "util.list"
local options = require "model.option"
local path = require "util.path"
local place = require "util.place"
local protect = require "load.protect"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

local FIELDS = {
  workspace = { name = "string", doc = "string", skylua = "string" },
  ["repo.path"] = { name = "string", path = "string", doc = "string" },
  pool = { name = "string", depth = "number", doc = "string" },
  option = { name = "string", type = "string", default = "any", values = "table",
    doc = "string" },
  config = { name = "string", mode = "string", options = "table", doc = "string" },
}

local MODES = { "fastbuild", "debug", "release" }

--- What an empty WORKSPACE.lua says.
---@return table
function M.nothing()
  return { options = {}, pools = {}, repos = {}, toolchains = {}, configs = {} }
end

local function bad(what, message, find, hint)
  find = find or {}
  find.call = find.call or what:match("[^.]*$")
  place.raise({ code = "E0240", message = ("%s: %s"):format(what, message), hint = hint }, find)
end

local function check_fields(what, spec, fields)
  if type(spec) ~= "table" then
    bad(what, "it takes one table, not " .. util_err.kind(spec))
  end
  for k, v in sorted.pairs(spec) do
    local want = fields[k]
    if not want then
      bad(what, ("there is no field '%s'"):format(tostring(k)), { key = tostring(k) },
        suggest.hint(tostring(k), sorted.keys(fields)))
    elseif want ~= "any" and type(v) ~= want then
      bad(what, ("'%s' wants a %s, not %s"):format(k, want, util_err.kind(v)), { key = k })
    end
  end
end

local function name_of(what, spec, known)
  local name = spec.name
  if type(name) ~= "string" or not name:find("^[%a_][%w_.%-]*$") then
    bad(what, "it needs a name of letters, digits, '_', '.' and '-'", { key = "name" })
  end
  if known and known[name] ~= nil then
    bad(what, ("there are two with the name '%s'"):format(name), { text = name, key = "name" })
  end
  return name
end

local function repo_root(spec)
  local text = spec.path
  if type(text) ~= "string" or text == "" then
    bad("repo.path", 'it needs path = "directory"')
  end
  return path.normalize(text)
end

-- ---- options and configurations ----

local KIND_OF = { string = "string", boolean = "bool", number = "int" }
local FIRST = { bool = "false", int = "0", string = "" }

local function option_type(spec)
  local kind = spec.type
  if kind == nil then
    kind = KIND_OF[type(spec.default)] or "string"
  elseif not FIRST[kind] then
    bad("option", ("'type' cannot be '%s'"):format(kind), { key = "type" },
      'it is "string", "bool" or "int"')
  end
  return kind
end

-- A value of an option as text.
local function option_text(kind, v, key)
  local text = options.text(kind, v)
  if not text then
    bad("option", ("'%s': a value of type %s cannot be %s"):format(key, kind, util_err.kind(v)),
      { key = key })
  end
  return text
end

local function option_values(kind, values)
  local out = {}
  for i, v in ipairs(values) do
    out[i] = option_text(kind, v, "values")
  end
  if #out == 0 then
    bad("option", "'values' is an empty list", { key = "values" })
  end
  return out
end

local function read_option(spec)
  local kind = option_type(spec)
  local values = spec.values and option_values(kind, spec.values)
  local default = spec.default ~= nil and option_text(kind, spec.default, "default")
    or values and values[1] or FIRST[kind]
  local option = { type = kind, default = default, values = values, doc = spec.doc }
  if options.problem("", option, default) then
    bad("option", ("the default '%s' is not among its values"):format(default),
      { key = "default" })
  end
  return option
end

local function read_config(spec)
  local settings = {}
  if spec.mode ~= nil and not list.contains(MODES, spec.mode) then
    bad("config", ("'mode' cannot be '%s'"):format(spec.mode), { key = "mode", text = spec.mode },
      suggest.hint(spec.mode, MODES) or "it is " .. list.words(MODES))
  end
  for name, v in sorted.pairs(spec.options or {}) do
    if type(name) ~= "string" or not KIND_OF[type(v)] then
      bad("config", "'options' maps names of options to values", { key = "options" })
    end
    settings[name] = tostring(v)
  end
  return { mode = spec.mode, options = settings }
end

-- ---- toolchains ----

local function read_when(when)
  if when == nil then
    return nil
  elseif type(when) ~= "table" then
    bad("toolchain", "'when' wants a map from settings to values, not " .. util_err.kind(when),
      { key = "when" }, 'write when = { arch = "arm64" }')
  end
  local out = {}
  for name, v in sorted.pairs(when) do
    if type(name) ~= "string" or not KIND_OF[type(v)] then
      bad("toolchain", "'when' maps settings to values", { key = "when" },
        'write when = { arch = "arm64" }')
    end
    out[name] = tostring(v)
  end
  return out
end

local function read_toolchain(spec)
  local ok, why = core.check(spec)
  if not ok then
    bad("toolchain", "it holds plain data only: " .. tostring(why))
  end
  local fields = {}
  for k, v in sorted.pairs(spec) do
    if k ~= "when" then
      fields[k] = v
    end
  end
  return { when = read_when(spec.when), fields = fields }
end

-- The functions of WORKSPACE.lua, writing into `value`.
local function functions(value)
  local f = { repo = {} }
  function f.workspace(spec)
    check_fields("workspace", spec, FIELDS.workspace)
    if spec.name ~= nil then
      value.name = name_of("workspace", spec)
    end
  end
  function f.option(spec)
    check_fields("option", spec, FIELDS.option)
    local name = name_of("option", spec, value.options)
    if name == "mode" or name == "exec" then
      bad("option", ("'%s' is a setting of its own"):format(name), { key = "name" })
    end
    value.options[name] = read_option(spec)
  end
  function f.config(spec)
    check_fields("config", spec, FIELDS.config)
    value.configs[name_of("config", spec, value.configs)] = read_config(spec)
  end
  function f.toolchain(spec)
    if type(spec) ~= "table" then
      bad("toolchain", "it takes one table, not " .. util_err.kind(spec))
    end
    local name = name_of("toolchain", spec)
    local toolchain, all = read_toolchain(spec), value.toolchains[name] or {}
    for _, other in ipairs(all) do
      if not other.when and not toolchain.when then
        bad("toolchain", ("there are two with the name '%s'"):format(name),
          { text = name, key = "name" }, 'say when = { option = "value" } in one of them')
      end
    end
    all[#all + 1] = toolchain
    value.toolchains[name] = all
  end
  function f.pool(spec)
    check_fields("pool", spec, FIELDS.pool)
    local name, depth = name_of("pool", spec, value.pools), spec.depth
    if name == "console" then
      bad("pool", "the pool 'console' is there already, and has the depth 1", { key = "name" })
    elseif math.type(depth) ~= "integer" or depth < 1 then
      bad("pool", "it needs depth = N: how many may run at once", { key = "depth" })
    end
    value.pools[name] = depth
  end
  f.repo.path = function(spec)
    check_fields("repo.path", spec, FIELDS["repo.path"])
    local name = name_of("repo.path", spec, value.repos)
    value.repos[name] = repo_root(spec)
  end
  return f
end

--- Runs WORKSPACE.lua; the value of the WORKSPACE node.
---@param env table
---@param text string
---@return table value  {name, options, pools, repos, toolchains, configs}
function M.compute(env, text)
  local value = M.nothing()
  local c = { kind = "workspace", label = "//WORKSPACE.lua", pkg = "", env = env, text = text }
  local chunk, message = load(text, "=" .. c.label, "t", build_env.workspace(functions(value)))
  if not chunk then
    error(protect.syntax_error(c.label, text, message), 0)
  end
  local ok, e = protect.call(c, chunk)
  if not ok then
    error(e, 0)
  end
  return value
end

return M
