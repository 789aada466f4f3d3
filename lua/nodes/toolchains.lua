--- ctx.toolchain.NAME: what WORKSPACE.lua says, completed by the shipped finders.
local context = require "util.context"
local core = require "core"
local place = require "util.place"
local settings = require "nodes.settings"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

-- name -> library and node function that find it
local FINDERS = {
  cc = { "@sky//cc_toolchain.lua", "CC_TOOLCHAIN" },
  lua = { "@sky//lua.lua", "LUA_TOOLCHAIN" },
  python = { "@sky//python.lua", "PYTHON_TOOLCHAIN" },
}

local function unknown(env, name)
  local workspace = context.get(env, core.key("WORKSPACE", ""))
  local known = sorted.keys(FINDERS)
  for k in core.pairs(workspace.toolchains) do
    known[#known + 1] = k
  end
  place.raise({ code = "E0243", message = ("there is no toolchain '%s'"):format(tostring(name)),
    hint = suggest.hint(tostring(name), known)
      or ('declare it in WORKSPACE.lua: toolchain { name = "%s", ... }'):format(tostring(name)) },
    { name = tostring(name) })
end

-- The number of settings that are as `when` says; nil when one is not.
local function fits(run, name, when)
  local n, all = 0, true
  for setting, want in core.pairs(when) do
    local problem = settings.problem(run, setting, want)
    if problem then
      problem.message = ("toolchain '%s' in WORKSPACE.lua: %s"):format(name, problem.message)
      error(problem, 0)
    end
    all = all and settings.text(run, setting) == want
    n = n + 1
  end
  return all and n or nil
end

-- The toolchain { ... } of this name for this configuration: the one with most settings.
local function chosen(run, name, all)
  local best, most, twin = nil, -1, false
  for _, toolchain in ipairs(all) do
    local n = fits(run, name, toolchain.when or {})
    if n and n > most then
      best, most, twin = toolchain.fields, n, false
    elseif n == most then
      twin = true
    end
  end
  if twin then
    place.raise({ code = "E0243",
      message = ("two toolchains '%s' in WORKSPACE.lua fit the configuration"):format(name),
      hint = "make the 'when' of one more specific: the one with more settings wins" },
      { name = name })
  end
  return best
end

--- The toolchain `name` as frozen data; suspends.
---@param run Run
---@param name string
---@return any
function M.find(run, name)
  local env = run.env
  local all = type(name) == "string" and context.get(env,
    core.key("WORKSPACE", { "toolchains", name }))
  local given = all and chosen(run, name, all)
  local finder = FINDERS[name]
  if finder then
    return context.get(env, core.key("LIBRARY", { finder[1], finder[2], given or {} }))
  elseif given then
    return given
  end
  unknown(env, name)
end

return M
