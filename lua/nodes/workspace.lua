--- WORKSPACE "": what WORKSPACE.lua says; a missing or empty file says nothing.
local core = require "core"
local workspace = require "load.workspace"

local PATH = "WORKSPACE.lua"

return function(env)
  local file = env:get(core.key("FILE", PATH))
  if file.kind ~= "file" then
    return { options = {}, pools = {}, repos = {}, toolchains = {} }
  end
  return workspace.compute(env, core.read(PATH, file.digest))
end
