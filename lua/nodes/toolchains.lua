--- ctx.toolchain.NAME: what WORKSPACE.lua says, completed by the shipped finders.
local context = require "util.context"
local core = require "core"
local place = require "util.place"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

-- name -> library and node function that find it
local FINDERS = {
  cc = { "@sky//cc_toolchain.lua", "CC_TOOLCHAIN" },
  lua = { "@sky//lua.lua", "LUA_TOOLCHAIN" },
  python = { "@sky//python.lua", "PYTHON_TOOLCHAIN" },
}

local function unknown(workspace, name)
  local known = sorted.keys(FINDERS)
  for k in core.pairs(workspace.toolchains) do
    known[#known + 1] = k
  end
  place.raise({ code = "E0243", message = ("there is no toolchain '%s'"):format(tostring(name)),
    hint = suggest.hint(tostring(name), known)
      or ('declare it in WORKSPACE.lua: toolchain { name = "%s", ... }'):format(tostring(name)) },
    { name = tostring(name) })
end

--- The toolchain `name` as frozen data; suspends.
---@param env table
---@param name string
---@return any
function M.find(env, name)
  local workspace = context.get(env, core.key("WORKSPACE", ""))
  local given = workspace.toolchains[name]
  local finder = FINDERS[name]
  if finder then
    return context.get(env, core.key("LIBRARY", { finder[1], finder[2], given or {} }))
  elseif given then
    return given
  end
  unknown(workspace, name)
end

return M
