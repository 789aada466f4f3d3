--- BUILD {config, patterns}: whatever the patterns stand for is built. Each is {kind, text,
--- negative}: a label, or one for TARGETS; a negative one takes its targets away.
--- So that a build that has nothing to do asks for one key, not for each target.
local core = require "core"

---@param env table
---@param patterns any[]
---@return string[] labels  each once, in the order of the patterns
local function labels_of(env, patterns)
  local keys = {}
  for _, pattern in ipairs(patterns) do
    if pattern[1] == "pattern" then keys[#keys + 1] = core.key("TARGETS", pattern[2]) end
  end
  local lists, at = env:get_all(keys), 0
  local chosen, order = {}, {}
  for _, pattern in ipairs(patterns) do
    local labels = { pattern[2] }
    if pattern[1] == "pattern" then
      at = at + 1
      labels = core.raw(lists[at])
    end
    for _, label in ipairs(labels) do
      if chosen[label] == nil and not pattern[3] then order[#order + 1] = label end
      chosen[label] = not pattern[3]
    end
  end
  local kept = {}
  for _, label in ipairs(order) do
    if chosen[label] then kept[#kept + 1] = label end
  end
  return kept
end

return function(env, arg)
  local labels = labels_of(env, arg[2])
  local keys = {}
  for i, label in ipairs(labels) do
    keys[i] = core.key("COMPLETION", { label, arg[1] })
  end
  local outputs = env:get_all(keys)
  return { count = #labels, outputs = #labels == 1 and outputs[1] or {} }
end
