--- TEST {label, config}: the test was run (or a kept result is good); how it ended.
local core = require "core"
local options = require "nodes.options"

return function(env, arg)
  local label = arg[1]
  local config = options.normal(env, arg[2])
  local target = env:get(core.key("CONFIGURED_TARGET", { label, config }))
  if not target.test then
    error({ code = "E0242", label = label,
      message = ("%s is not a test: it is a %s"):format(label, target.rule.name),
      hint = "tests come from rules such as cc_test, sh_test and lua_test" }, 0)
  end
  local r = env:get(core.key("ACTION", { label, target.config, target.test }))
  return { status = r.status, log = r.log, exit = r.exit, signal = r.signal, wall = r.wall }
end
