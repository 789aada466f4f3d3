--- WORKSPACE "": what WORKSPACE.lua says; a missing or empty file says nothing.
--- WORKSPACE {part, name}: one entry of it, such as {"options", "os"}; false when there is none.
--- Who asks for an entry notices nothing of the others.
local core = require "core"
local workspace = require "load.workspace"

local PATH = "WORKSPACE.lua"

return function(env, part)
  if part ~= "" then
    return env:get(core.key("WORKSPACE", ""))[part[1]][part[2]] or false
  end
  local file = env:get(core.key("FILE", PATH))
  if file.kind ~= "file" then
    return workspace.nothing()
  end
  return workspace.compute(env, core.read(PATH, file.digest))
end
