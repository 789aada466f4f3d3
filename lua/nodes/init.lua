--- The node functions written in Lua, by name; their arguments and values: src/README.md.
local sandbox = require "load.sandbox"

sandbox.lock()

-- `kept`: the last good value outlives an error, so that what has gone meanwhile is seen
-- when it is put right (src/nodes/stale.c).
local function kept(compute)
  return { compute = compute, kept = true }
end

-- Only asked for by questions: loaded when one is asked.
local function later(name)
  return function(env, arg)
    return require(name)(env, arg)
  end
end

return {
  WORKSPACE = require "nodes.workspace",
  MODULE = require "nodes.module",
  PACKAGE = kept(require "nodes.package"),
  TARGET = require "nodes.target",
  CONFIGURED_TARGET = kept(require "nodes.configured_target"),
  LIBRARY = require "nodes.library",
  TARGETS = kept(require "nodes.targets"),
  PACKAGES = later "nodes.packages",
  EXPLAINED = later "nodes.explained",
  EDGES = later "nodes.edges",
  COMPLETION = require "nodes.completion",
  TEST = require "nodes.test",
}
