--- Options: -D name=value of the command line against option { ... } of WORKSPACE.lua.
local config = require "model.config"
local core = require "core"
local option_value = require "model.option"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

local BUILT_IN = { mode = true, exec = true }

local function option_of(workspace, name)
  local option = workspace.options[name]
  if option then
    return option
  end
  error({ code = "E0233", message = ("there is no option '%s'"):format(name),
    hint = suggest.hint(name, sorted.keys(core.raw(workspace.options)))
      or ('declare it in WORKSPACE.lua: option { name = "%s", default = "..." }'):format(name) },
    0)
end

--- The id of the same configuration without options that have their default; fails when there is
--- one that WORKSPACE.lua does not declare, or a value that it cannot have.
---@param env table
---@param id string  of a whole configuration
---@return string id
function M.normal(env, id)
  local known = config.parse(id).known
  local settings, changed = {}, false
  for name, value in sorted.pairs(known) do
    settings[name] = value
    if not BUILT_IN[name] then
      local option = option_of(env:get(core.key("WORKSPACE", "")), name)
      local problem = option_value.problem(name, option, value)
      if problem then
        error(problem, 0)
      end
      local text = option_value.text(option.type, value)
      settings[name] = text ~= option.default and text or nil
      changed = changed or settings[name] ~= value
    end
  end
  return changed and config.whole(settings) or id
end

return M
