--- WORKSPACE.lua: the root's settings.
local build_env = require "load.build_env"
local core = require "core"
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
  option = { name = "string", default = "any", values = "table", doc = "string" },
}

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

local function strings(list, what)
  local out = {}
  for i, v in ipairs(list) do
    if type(v) ~= "string" then
      bad(what, "'values' wants a list of strings", { key = "values" })
    end
    out[i] = v
  end
  return out
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
    local default = spec.default
    if type(default) == "boolean" or type(default) == "number" then
      default = tostring(default)
    end
    if default ~= nil and type(default) ~= "string" then
      bad("option", "'default' wants a string, a number or a boolean", { key = "default" })
    end
    local values = spec.values and strings(spec.values, "option")
    if values and default and not (" " .. table.concat(values, " ") .. " "):find(
      " " .. default .. " ", 1, true) then
      bad("option", ("the default '%s' is not among its values"):format(default),
        { key = "default" })
    end
    value.options[name] = { default = default, values = values, doc = spec.doc }
  end
  function f.toolchain(spec)
    if type(spec) ~= "table" then
      bad("toolchain", "it takes one table, not " .. util_err.kind(spec))
    end
    local name = name_of("toolchain", spec, value.toolchains)
    local ok, why = core.check(spec)
    if not ok then
      bad("toolchain", "it holds plain data only: " .. tostring(why))
    end
    local copy = {}
    for k, v in sorted.pairs(spec) do
      copy[k] = v
    end
    value.toolchains[name] = copy
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
---@return table value  {name, options, pools, repos, toolchains}
function M.compute(env, text)
  local value = { options = {}, pools = {}, repos = {}, toolchains = {} }
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
