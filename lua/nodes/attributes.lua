--- From a target's attributes as data to what rule code gets: selects chosen, labels looked up,
--- files found, visibility and providers checked. All look-ups of a target are one group.
local attr = require "model.attr"
local checks = require "nodes.attribute_checks"
local config = require "model.config"
local core = require "core"
local list_of = require "util.list"
local path = require "util.path"
local selects = require "nodes.selects"
local settings = require "nodes.settings"
local walk = require "nodes.walk"

local M = {}

local raw = core.raw

---@class Slot        one label of an attribute
---@field label string
---@field key string  the attribute
---@field a AttrDef
---@field path? string     a source of the same package
---@field at integer       index into the group of look-ups
---@field default? boolean it comes from the rule, not from the target

-- ---- what to look up ----

local function add_key(group, key)
  local at = group.index[key]
  if not at then
    at = #group.keys + 1
    group.keys[at] = key
    group.index[key] = at
  end
  return at
end

-- "sub/x.c" is a file of this package only when sub has no BUILD.lua.
local function add_borders(run, group, slot, name)
  local dir = name:match("^(.*)/[^/]*$")
  slot.borders = {}
  while dir do
    local key = core.key("FILE_KIND", path.join(path.join(run.dir, dir), "BUILD.lua"))
    slot.borders[#slot.borders + 1] = { add_key(group, key), dir }
    dir = dir:match("^(.*)/[^/]*$")
  end
end

local function add_slot(run, group, slot)
  local text = slot.label
  local prefix = run.prefix
  if not slot.default and text:sub(1, #prefix) == prefix and not run.refs[text] then
    local name = text:sub(#prefix + 1)
    slot.path = path.join(run.dir, name)
    slot.at = add_key(group, core.key("FILE_KIND", slot.path))
    if name:find("/", 1, true) then
      add_borders(run, group, slot, name)
    end
  else
    slot.at = add_key(group, core.key("CONFIGURED_TARGET",
      { text, slot.a.cfg == "exec" and config.EXEC or run.cfg }))
  end
  group.slots[#group.slots + 1] = slot
  return slot
end

local function add_attribute(run, group, key, a, v, default)
  local slots = {}
  if a.kind == "label" then
    slots[1] = add_slot(run, group, { label = v, key = key, a = a, default = default })
  elseif a.kind == "label_dict" then
    for name, text in core.pairs(v) do
      local slot = add_slot(run, group, { label = text, key = key, a = a, default = default })
      slot.name = name
      slots[#slots + 1] = slot
    end
  else
    for i, text in ipairs(raw(v)) do
      slots[i] = add_slot(run, group, { label = text, key = key, a = a, default = default })
    end
  end
  return slots
end

-- ---- after the look-up ----

-- Targets that cannot be analysed without settings that are not known here.
local function need_more(run, group, found)
  local names = {}
  for _, slot in ipairs(group.slots) do
    local target = not slot.path and raw(found[slot.at].value)
    if target and target.needs then
      list_of.append(names, raw(target.needs))
    elseif target and slot.a.cfg ~= "exec" then
      settings.use(run, target)
    end
  end
  if #names > 0 then
    settings.need(run, names)
  end
end

local function entry_of(run, slot, values)
  local found = values[slot.at]
  if found.error then
    checks.failed(run, slot, found.error)
  end
  local entry
  if slot.path then
    checks.borders(run, slot, values)
    entry = checks.source_entry(run, slot, found.value)
  else
    local target = raw(found.value)
    entry = { label = slot.label, target = target, only = target.only }
    if target.is_source then
      entry = { label = slot.label, source = target.only, target = nil }
    end
    checks.visible(run, slot, target)
  end
  if not slot.default then
    checks.entry(run, slot, entry)
  end
  return entry
end

local EMPTY = { string_list = true, label_list = true, output_list = true, string_dict = true,
  label_dict = true, environment = true }

local function plain_value(a, v)
  if v == nil and EMPTY[a.kind] then
    return core.freeze({})
  elseif type(v) == "table" and not core.is_frozen(v) then
    return core.freeze(v)
  end
  return v
end

--- Looks up everything that the attributes of a target name.
---@param run Run  env, label, pkg, dir, prefix, cfg, refs, def
---@param given table  the attributes as data
---@param has_selects boolean
---@return table<string, any> values  the plain attributes
---@return table<string, table[]> entries  attribute -> entries (nodes/dep.lua) of label attributes
function M.resolve(run, given, has_selects)
  if has_selects then
    given = selects.resolve(run, given)
  end
  given = raw(given)
  local values, entries, slots = {}, {}, {}
  local group = { keys = {}, index = {}, slots = {} }
  for _, key in ipairs(run.def.names) do
    local a, v = run.def.attrs[key], given[key]
    local default = v == nil
    if default then
      v = a.default
    end
    if not attr.IS_LABEL[a.kind] then
      values[key] = plain_value(a, v)
    elseif v ~= nil then
      slots[key] = add_attribute(run, group, key, a, v, default)
    end
  end
  local found = #group.keys > 0 and run.env:get_all_or_error(group.keys) or {}
  need_more(run, group, found)
  for _, slot in ipairs(group.slots) do
    slot.entry = entry_of(run, slot, found)
  end
  run.below = walk.below(group.slots, found)
  for key, list in next, slots do -- fills a map: the order cannot be seen
    local out = {}
    for i, slot in ipairs(list) do
      out[i] = slot.entry
      if slot.name then
        out[slot.name] = slot.entry
      end
    end
    entries[key] = out
  end
  return values, entries
end

return M
