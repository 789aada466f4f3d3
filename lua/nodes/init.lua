--- The node functions written in Lua, by name; their arguments and values: src/README.md.
local sandbox = require "load.sandbox"

sandbox.lock()

return {
  WORKSPACE = require "nodes.workspace",
  MODULE = require "nodes.module",
  PACKAGE = require "nodes.package",
  TARGET = require "nodes.target",
  CONFIGURED_TARGET = require "nodes.configured_target",
  LIBRARY = require "nodes.library",
  TARGETS = require "nodes.targets",
  COMPLETION = require "nodes.completion",
  TEST = require "nodes.test",
}
