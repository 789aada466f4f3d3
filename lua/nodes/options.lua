--- Options: -D name=value of the command line against option { ... } of WORKSPACE.lua.
local context = require "util.context"
local core = require "core"
local list = require "util.list"
local suggest = require "util.suggest"

local M = {}

local function names(options)
  local out = {}
  for name in core.pairs(options) do
    out[#out + 1] = name
  end
  return out
end

local function check(workspace, name, value)
  local option = workspace.options[name]
  if not option then
    error({ code = "E0233", message = ("there is no option '%s'"):format(name),
      hint = suggest.hint(name, names(workspace.options))
        or ('declare it in WORKSPACE.lua: option { name = "%s", default = "..." }'):format(name) },
      0)
  end
  local values = option.values and { table.unpack(option.values) }
  if not values then
    return
  end
  for _, allowed in ipairs(values) do
    if allowed == value then
      return
    end
  end
  error({ code = "E0233", message = ("the option '%s' cannot be '%s'"):format(name, value),
    hint = suggest.hint(value, values) or "it is one of " .. list.words(values) }, 0)
end

--- Fails when the configuration has options that WORKSPACE.lua does not declare.
---@param env table
---@param config string id
function M.check(env, config)
  local given = env:get(core.key("CONFIG", config)).options
  if core.next(given) == nil then
    return
  end
  local workspace = env:get(core.key("WORKSPACE", ""))
  for name, value in core.pairs(given) do
    check(workspace, name, value)
  end
end

--- The configuration as rules see it: with the defaults of options that are not given.
---@param env table
---@param config table value of CONFIG
---@return table
function M.complete(env, config)
  local declared = context.get(env, core.key("WORKSPACE", "")).options
  if core.next(declared) == nil then
    return config
  end
  local options = {}
  for name, option in core.pairs(declared) do
    options[name] = option.default
  end
  for name, value in core.pairs(config.options) do
    options[name] = value
  end
  return core.freeze { id = config.id, mode = config.mode, options = options }
end

return M
