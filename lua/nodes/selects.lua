--- Which case of a select the configuration chooses.
local blame = require "nodes.blame"
local config = require "model.config"
local core = require "core"
local list = require "util.list"
local select_value = require "model.select"
local settings = require "nodes.settings"
local sorted = require "util.sorted"

local M = {}

local raw = core.raw

-- ---- what conditions there are ----

local collect

local function collect_select(v, out)
  for _, case in ipairs(raw(v).cases) do
    local cond = case[1]
    if cond ~= "default" and not out[cond] then
      out[cond] = true
      out[#out + 1] = cond
    end
    collect(case[2], out)
  end
end

function collect(v, out)
  if select_value.is(v) then
    collect_select(v, out)
  elseif type(v) == "table" and not core.tag_of(v) then
    for _, x in ipairs(raw(v)) do
      if select_value.is(x) then
        collect_select(x, out)
      end
    end
  end
end

local function conditions(attrs)
  local out = {}
  for _, v in core.pairs(attrs) do
    collect(v, out)
  end
  return out
end

-- ---- are they met ----

-- The number of settings that match, nil when one does not.
local function matches(run, values, cond)
  local n, all = 0, true
  for name, want in core.pairs(values) do
    local problem = settings.problem(run, name, want)
    if problem then
      local at = cond:find("^[^=]*=") and { run.label, cond } or { cond, want }
      error(blame.fill(run.env, at[1], problem, { text = at[2] }), 0)
    end
    all = all and settings.text(run, name) == want
    n = n + 1
  end
  return all and n or nil
end

local function setting_values(run, target, cond)
  if target.kind == "rule" and target.rule.name == "config_setting" then
    return target.attrs.values or {}
  end
  error(blame.fill(run.env, run.label, { code = "E0231",
    message = ("select: %s is no config_setting"):format(cond) }, { text = cond }), 0)
end

-- The settings that all conditions name are asked for together: one new start, not several.
local function need_all(run, wanted)
  local missing = {}
  for _, values in sorted.pairs(wanted) do
    for name in core.pairs(values) do
      if not settings.is_known(run, name) then
        missing[#missing + 1] = name
      end
    end
  end
  if #missing > 0 then
    settings.need(run, missing)
  end
end

-- What is no target gets the place of the select; errors of elsewhere pass as they are.
local function missing_setting(run, cond, e)
  if (e.code == "E0213" or e.code == "E0214") and not e.file then
    e = blame.fill(run.env, run.label, { code = e.code, message = e.message, hint = e.hint },
      { text = cond })
  end
  error(e, 0)
end

-- condition -> number of settings met, false when it is not met
local function evaluate(run, conds)
  local keys, labels, wanted = {}, {}, {}
  for _, cond in ipairs(conds) do
    local name, want = cond:match("^([^=]*)=(.*)$")
    if name then
      wanted[cond] = { [name] = want }
    else
      labels[#labels + 1] = cond
      keys[#keys + 1] = core.key("TARGET", { cond })
    end
  end
  for i, found in ipairs(run.env:get_all_or_error(keys)) do
    if found.error then
      missing_setting(run, labels[i], found.error)
    end
    wanted[labels[i]] = setting_values(run, found.value, labels[i])
  end
  need_all(run, wanted)
  local met = {}
  for _, cond in ipairs(conds) do
    met[cond] = matches(run, wanted[cond], cond) or false
  end
  return met
end

-- ---- choosing ----

local function current(run)
  local words = {}
  for name in sorted.pairs(config.parse(run.cfg).known) do
    words[#words + 1] = name .. "=" .. settings.text(run, name)
  end
  return #words > 0 and table.concat(words, ", ") or "mode=" .. settings.text(run, "mode")
end

local function no_match(run, key, tried)
  error(blame.fill(run.env, run.label, { code = "E0231",
    message = ("no case of the select in '%s' fits the configuration"):format(key),
    hint = ("tried %s with %s; a case 'default' fits always"):format(list.words(tried),
      current(run)) }, { key = key }), 0)
end

local function two_match(run, key, a, b)
  error(blame.fill(run.env, run.label, { code = "E0232",
    message = ("two cases of the select in '%s' fit: %s and %s"):format(key, a, b),
    hint = "make one more specific: a config_setting with more values wins" }, { key = key }), 0)
end

local resolve

local function choose(run, v, met, key)
  local best, best_n, twin, tried = nil, -1, nil, {}
  for _, case in ipairs(raw(v).cases) do
    local n = case[1] == "default" and 0 or met[case[1]]
    tried[#tried + 1] = case[1]
    if n and (case[1] ~= "default" or not best) then
      if n > best_n then
        best, best_n, twin = case, n, nil
      elseif n == best_n then
        twin = case
      end
    end
  end
  if not best then
    no_match(run, key, tried)
  elseif twin then
    two_match(run, key, best[1], twin[1])
  end
  return resolve(run, best[2], met, key)
end

function resolve(run, v, met, key)
  if select_value.is(v) then
    return choose(run, v, met, key)
  elseif type(v) ~= "table" or core.tag_of(v) then
    return v
  end
  local items = raw(v)
  local out, changed = {}, false
  for _, x in ipairs(items) do
    if select_value.is(x) then
      changed = true
      for _, y in ipairs(choose(run, x, met, key) or {}) do
        out[#out + 1] = y
      end
    else
      out[#out + 1] = x
    end
  end
  return changed and out or v
end

--- The attributes with every select replaced by the value it chooses.
---@param run table     of nodes/analysis.lua
---@param attrs table
---@return table
function M.resolve(run, attrs)
  local met = evaluate(run, conditions(attrs))
  local out = {}
  for key, v in core.pairs(attrs) do
    out[key] = resolve(run, v, met, key)
  end
  return out
end

return M
