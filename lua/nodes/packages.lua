--- PACKAGES path: the ids of all packages in and below a directory of the workspace, sorted.
local core = require "core"
local directories = require "nodes.directories"
local list = require "util.list"
local path = require "util.path"

return function(env, dir)
  local dirs, build = directories.below(env, dir, dir == "")
  local keys = {}
  for i, name in ipairs(dirs) do
    keys[i] = core.key("PACKAGES", path.join(dir, name))
  end
  local out = build and { dir } or {}
  for _, below in ipairs(env:get_all(keys)) do
    list.append(out, core.raw(below))
  end
  table.sort(out)
  return out
end
