--- MODULE label: a library (or a BUILD.lua whose rules are wanted), run once.
local core = require "core"
local module = require "load.module"
local repos = require "load.repos"

local function shipped(env, label)
  local path = "rules/" .. label:sub(7)
  local digest = env:get(core.key("BUILTIN", path))
  return module.compute(env, label, path, digest, core.builtin(path))
end

return function(env, label)
  if label:sub(1, 6) == "@sky//" then
    return shipped(env, label)
  end
  local path, why, hint = repos.path(env, label)
  if not path then
    error({ code = "E0241", message = why, hint = hint }, 0)
  end
  local file = env:get(core.key("FILE", path))
  if file.kind ~= "file" then
    error({ code = "E0222", message = ("there is no library '%s'"):format(label) }, 0)
  end
  return module.compute(env, label, path, file.digest, core.read(path, file.digest))
end
