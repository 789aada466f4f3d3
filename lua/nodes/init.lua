--- The node functions written in Lua, by name; their arguments and values: src/README.md.
local core = require "core"
local sandbox = require "load.sandbox"

sandbox.lock()

-- What gives the tagged values of others' nodes their methods is there before the first value.
for _, name in ipairs { "artifact", "depset", "label", "provider", "select" } do
  require("model." .. name)
end

-- `kept`: the last good value outlives an error, so that what has gone meanwhile is seen
-- when it is put right (src/nodes/stale.c).
local function kept(compute)
  return { compute = compute, kept = true }
end

-- Loaded when it is called first: a build with nothing to do calls none.
local function later(name)
  local compute
  return function(env, arg)
    compute = compute or core.undisturbed(require, name)
    return compute(env, arg)
  end
end

return {
  WORKSPACE = later "nodes.workspace",
  MODULE = later "nodes.module",
  PACKAGE = kept(later "nodes.package"),
  TARGET = later "nodes.target",
  CONFIGURED_TARGET = kept(later "nodes.configured_target"),
  LIBRARY = later "nodes.library",
  TARGETS = kept(later "nodes.targets"),
  PACKAGES = later "nodes.packages",
  EXPLAINED = later "nodes.explained",
  EDGES = later "nodes.edges",
  COMPLETION = later "nodes.completion",
  TEST = later "nodes.test",
  BUILD = later "nodes.build",
}
