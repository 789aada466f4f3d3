--- COMPLETION {label, config}: everything that building the target means is built; the paths.
local artifact = require "model.artifact"
local core = require "core"
local list = require "util.list"
local options = require "nodes.options"

return function(env, arg)
  local config = options.normal(env, arg[2])
  local target = env:get(core.key("CONFIGURED_TARGET", { arg[1], config }))
  local keys, paths = {}, {}
  for i, a in ipairs(target.files:to_list()) do
    if not artifact.is(a) then
      error({ code = "E0239", label = arg[1],
        message = ("DefaultInfo.files of %s holds something that is no file"):format(arg[1]) }, 0)
    end
    keys[i] = artifact.key(a)
    paths[i] = core.raw(a).path
  end
  env:get_all(list.unique(keys))
  return paths
end
