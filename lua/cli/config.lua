--- The configuration that the flags -c, -D and --config ask for.
local config = require "model.config"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

---@class Settings
---@field mode? string
---@field options table<string, string>

local RESERVED = { mode = "write -c MODE", exec = "it is true for what runs while building" }

--- -c and -D.
---@param mode? string
---@param defines string[]  "name=value"; "name" stands for "name=true"
---@return Settings?
---@return UsageError?
function M.settings(mode, defines)
  local options = {}
  for _, text in ipairs(defines) do
    local name, value = text:match("^([%w_.%-]+)=(.*)$")
    if not name then name, value = text:match("^[%w_.%-]+$"), "true" end
    if not name then return nil, { message = ("-D wants name=value, not '%s'"):format(text) } end
    if RESERVED[name] then
      return nil, { message = ("-D cannot set '%s'"):format(name), hint = RESERVED[name] }
    end
    options[name] = value
  end
  return { mode = mode, options = options }
end

--- The same settings with what the bundles say; flags win, and later bundles over earlier ones.
---@param settings Settings
---@param names string[]
---@param bundles table<string, Settings>  of WORKSPACE.lua
---@return Settings?
---@return UsageError?
function M.with_bundles(settings, names, bundles)
  local mode, options = nil, {}
  for _, name in ipairs(names) do
    local bundle = bundles[name]
    if not bundle then
      return nil, { message = ("there is no configuration '%s'"):format(name),
        hint = suggest.hint(name, sorted.keys(bundles))
          or ('declare it in WORKSPACE.lua: config { name = "%s", ... }'):format(name) }
    end
    mode = bundle.mode or mode
    for option, value in sorted.pairs(bundle.options) do options[option] = value end
  end
  for option, value in sorted.pairs(settings.options) do options[option] = value end
  return { mode = settings.mode or mode, options = options }
end

--- The same settings, in any order, are the same configuration.
---@param settings Settings
---@return string id
function M.id(settings)
  local all = {}
  for name, value in sorted.pairs(settings.options) do all[name] = value end
  if settings.mode ~= "fastbuild" then all.mode = settings.mode end
  return config.whole(all)
end

return M
