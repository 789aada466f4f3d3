--- EXPLAINED {label, config}: for people, the attributes of a target as its rule gets them:
--- {given = map, after select; defaults = map of those that the rule adds}.
local core = require "core"
local module = require "load.module"
local options = require "nodes.options"
local selects = require "nodes.selects"

return function(env, arg)
  local text, cfg = arg[1], arg[2]
  local target = core.raw(env:get(core.key("TARGET", { text })))
  if target.kind ~= "rule" then
    error({ code = "E0213", label = text, message = ("%s is no target of a rule"):format(text) }, 0)
  end
  local from = target.rule.module
  local value = env:get(core.key("MODULE", from))
  local given = target.attrs
  if target.selects then
    local run = { env = env, label = text, cfg = options.normal(env, cfg), used = {} }
    given = selects.resolve(run, given)
  end
  given = core.raw(given)
  local def, defaults = module.live(from, value).rules[target.rule.name], {}
  for _, name in ipairs(def and def.names or {}) do
    if given[name] == nil and def.attrs[name].default ~= nil then
      defaults[name] = def.attrs[name].default
    end
  end
  return { given = given, defaults = defaults }
end
