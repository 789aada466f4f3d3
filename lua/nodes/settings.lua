--- What a target reads of its configuration. It is analysed knowing only the settings that it was
--- seen to read; to read another one ends the analysis, and it begins again knowing that one too
--- (nodes/configured_target.lua). So a target's id says exactly what it depends on.
local config = require "model.config"
local context = require "util.context"
local core = require "core"
local list = require "util.list"
local option_value = require "model.option"
local place = require "util.place"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

-- Thrown through rule code, as a function so that no pcall of a rule catches it.
function M.UNKNOWN() end

local MODES = { "fastbuild", "debug", "release" }
local BUILT_IN = { mode = "fastbuild", exec = "false" }

--- Ends the analysis because these settings are not known.
---@param run Run
---@param names string[]
function M.need(run, names)
  run.needs = run.needs or {}
  for _, name in ipairs(names) do
    run.needs[name] = true
  end
  error(M.UNKNOWN, 0)
end

---@param env table
---@return table<string, table> options  of WORKSPACE.lua
function M.declared(env)
  return context.get(env, core.key("WORKSPACE", "")).options
end

-- What WORKSPACE.lua says of one option; others may change unnoticed.
local function option_of(env, name)
  return context.get(env, core.key("WORKSPACE", { "options", name }))
end

--- Is the setting known here? Asked for many before the first is read.
---@param run Run
---@param name string
---@return boolean
function M.is_known(run, name)
  local parts = config.parse(run.cfg)
  return parts.whole or parts.known[name] ~= nil
end

--- What another target reads, this one depends on too.
---@param run Run
---@param target table  value of CONFIGURED_TARGET
function M.use(run, target)
  local parts = config.parse((config.split(target.config)))
  for name in sorted.pairs(parts.known) do
    run.used[name] = true
  end
  if parts.whole then
    run.used[config.ALL] = true
  end
end

--- A setting's value as text; nil for an option that is not declared.
---@param run Run
---@param name string
---@return string?
function M.text(run, name)
  if not M.is_known(run, name) then
    M.need(run, { name })
  end
  run.used[name] = true
  local value = config.parse(run.cfg).known[name]
  if BUILT_IN[name] then
    return value or BUILT_IN[name]
  end
  local option = option_of(run.env, name)
  if not option then
    return nil
  end
  return value or option.default
end

--- Why a setting cannot have the value `want`: there is no such setting, or no such value.
---@param run Run
---@param name string
---@param want string
---@return Err?
function M.problem(run, name, want)
  if name == "exec" then
    return option_value.problem(name, { type = "bool" }, want)
  elseif name == "mode" then
    return option_value.problem(name, { type = "string", values = MODES }, want)
  end
  local option = option_of(run.env, name)
  if option then
    return option_value.problem(name, option, want)
  end
  local known = sorted.keys(core.raw(M.declared(run.env)))
  list.append(known, { "mode", "exec" })
  return { code = "E0233", message = ("there is no option '%s'"):format(name),
    hint = suggest.hint(name, known)
      or ('declare it in WORKSPACE.lua: option { name = "%s", default = "..." }'):format(name) }
end

-- As rules see it: true and false, integers, else text.
local function typed(option, text)
  if option.type == "bool" then
    return text == "true"
  elseif option.type == "int" then
    return math.tointeger(text)
  end
  return text
end

local function unknown_option(run, name)
  place.raise(M.problem(run, tostring(name), "") or { code = "E0233",
    message = ("'%s' stands beside the options: ctx.config.%s"):format(name, name) },
    { name = tostring(name) })
end

local RUN = {}

local function frozen(what)
  return function(_, k)
    place.raise({ code = "E0224", message = ("%s cannot be changed: '%s'"):format(what,
      tostring(k)) }, { name = tostring(k) })
  end
end

local function all_options(run)
  if not config.parse(run.cfg).whole then
    M.need(run, { config.ALL })
  end
  run.used[config.ALL] = true
  local out = {}
  for name, option in core.pairs(M.declared(run.env)) do
    out[name] = typed(option, M.text(run, name))
  end
  return core.freeze(out)
end

local Options = { __metatable = false, __newindex = frozen("ctx.config.options"),
  -- walking over all of them reads them all (load/sandbox.lua)
  __whole = function(self) return all_options(rawget(self, RUN)) end }

function Options.__index(self, name)
  local run = rawget(self, RUN)
  local text = type(name) == "string" and not BUILT_IN[name] and M.text(run, name)
  if not text then
    unknown_option(run, name)
  end
  return typed(option_of(run.env, name), text)
end

local fields = {
  mode = function(run) return M.text(run, "mode") end,
  exec = function(run) return M.text(run, "exec") == "true" end,
  options = function(run) return setmetatable({ [RUN] = run }, Options) end,
}

local Config = { __metatable = false, __newindex = frozen("ctx.config") }

function Config.__index(self, k)
  local f = fields[k]
  if not f then
    place.raise({ code = "E0225", message = ("ctx.config has no '%s'"):format(tostring(k)),
      hint = suggest.hint(tostring(k), sorted.keys(fields)) or "there is exec, mode, options" },
      { name = tostring(k) })
  end
  return f(rawget(self, RUN))
end

--- ctx.config.
---@param run Run
---@return any
function M.view(run)
  return setmetatable({ [RUN] = run }, Config)
end

return M
