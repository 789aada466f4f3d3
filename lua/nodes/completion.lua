--- COMPLETION {label, config}: everything that building the target means is built; the paths. A
--- program's runfiles are built too, so that it runs.
local artifact = require "model.artifact"
local core = require "core"
local list = require "util.list"
local options = require "nodes.options"

local function add(label, field, files, keys)
  for _, a in ipairs(files) do
    if not artifact.is(a) then
      error({ code = "E0239", label = label,
        message = ("DefaultInfo.%s of %s holds something that is no file"):format(field, label) },
        0)
    end
    keys[#keys + 1] = artifact.key(a)
  end
end

return function(env, arg)
  local label = arg[1]
  local config = options.normal(env, arg[2])
  local target = env:get(core.key("CONFIGURED_TARGET", { label, config }))
  local info = target.providers.DefaultInfo
  local files, keys, paths = target.files:to_list(), {}, {}
  add(label, "files", files, keys)
  if info and info.executable and info.runfiles then
    add(label, "runfiles", info.runfiles:to_list(), keys)
  end
  for i, a in ipairs(files) do
    paths[i] = core.raw(a).path
  end
  env:get_all(list.unique(keys))
  return paths
end
