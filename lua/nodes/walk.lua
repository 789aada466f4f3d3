--- The targets that one leads to through `deps`, whatever their rules are. Each CONFIGURED_TARGET
--- names its own next ones in `below`, so that who walks depends on just what it passes.
local context = require "util.context"
local core = require "core"

local M = {}

--- Attributes that are followed; an alias leads to what it stands for.
local FOLLOWED = { deps = true, actual = true }

--- The arguments of the keys behind the followed attributes; nil when there are none.
---@param slots table[]  of nodes/attributes.lua, with their entries
---@param found { value: table }[]  what was looked up for them
---@return any[]?
function M.below(slots, found)
  local out
  for _, slot in ipairs(slots) do
    if FOLLOWED[slot.key] and not slot.path then
      out = out or {}
      -- by its own part of the configuration: one target has one name
      out[#out + 1] = { slot.label, found[slot.at].value.config }
    end
  end
  return out
end

local function id_of(arg)
  return arg[1] .. " " .. arg[2]
end

-- Everything that can be reached, level by level: id -> value.
local function reach(env, below)
  local found, level = {}, below
  while #level > 0 do
    local keys, ids, after = {}, {}, {}
    for _, arg in ipairs(level) do
      local id = id_of(arg)
      if not found[id] then
        found[id] = true
        keys[#keys + 1], ids[#ids + 1] = core.key("CONFIGURED_TARGET", arg), id
      end
    end
    for i, value in ipairs(#keys > 0 and context.get_all(env, keys) or {}) do
      local target = core.raw(value)
      found[ids[i]] = target
      for _, arg in ipairs(target.below and core.raw(target.below) or {}) do
        after[#after + 1] = arg
      end
    end
    level = after
  end
  return found
end

--- The values of all targets below, each once, dependencies first.
---@param env table
---@param below any[]?
---@return table[]
function M.targets(env, below)
  local found = reach(env, below or {})
  local out, stack, entered = {}, { { list = below or {}, at = 0 } }, {}
  while #stack > 0 do
    local top = stack[#stack]
    top.at = top.at + 1
    local arg = core.raw(top.list)[top.at]
    if not arg then
      out[#out + 1] = top.target
      stack[#stack] = nil
    elseif not entered[id_of(arg)] then
      entered[id_of(arg)] = true
      local target = found[id_of(arg)]
      stack[#stack + 1] = { list = target.below or {}, at = 0, target = target }
    end
  end
  return out
end

return M
