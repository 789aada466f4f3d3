--- Which case of a select the configuration chooses.
local blame = require "nodes.blame"
local core = require "core"
local list = require "util.list"
local select_value = require "model.select"
local suggest = require "util.suggest"

local M = {}

local raw = core.raw

-- ---- what conditions there are ----

local function collect_select(v, out)
  for _, case in ipairs(raw(v).cases) do
    local cond = case[1]
    if cond ~= "default" and not out[cond] then
      out[cond] = true
      out[#out + 1] = cond
    end
  end
end

local function collect(v, out)
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

local function option_value(run, workspace, name, key)
  local option = workspace.options[name]
  local given = run.config.options[name]
  if not option and given == nil then
    local known = { "mode" }
    for k in core.pairs(workspace.options) do
      known[#known + 1] = k
    end
    error(blame.fill(run.env, run.label, { code = "E0233",
      message = ("there is no option '%s'"):format(name),
      hint = suggest.hint(name, known)
        or ('declare it in WORKSPACE.lua: option { name = "%s", default = "..." }'):format(name) },
      { key = key }), 0)
  end
  if given ~= nil then
    return given
  end
  return option.default
end

-- The number of settings that match, nil when one does not.
local function matches(run, workspace, values, key)
  local n = 0
  for name, want in core.pairs(values) do
    local now = name == "mode" and run.config.mode or option_value(run, workspace, name, key)
    if now ~= want then
      return nil
    end
    n = n + 1
  end
  return n
end

local function setting_values(run, target, cond)
  if target.kind == "rule" and target.rule.name == "config_setting" then
    return target.attrs.values or {}
  end
  error(blame.fill(run.env, run.label, { code = "E0231",
    message = ("select: %s is no config_setting"):format(cond) }, { text = cond }), 0)
end

-- condition -> number of settings met, false when it is not met
local function evaluate(run, conds)
  local keys, labels = { core.key("WORKSPACE", "") }, {}
  for _, cond in ipairs(conds) do
    if not cond:find("=", 1, true) then
      labels[#labels + 1] = cond
      keys[#keys + 1] = core.key("TARGET", { cond })
    end
  end
  local values = run.env:get_all(keys)
  local met = {}
  for i, cond in ipairs(labels) do
    local settings = setting_values(run, values[i + 1], cond)
    met[cond] = matches(run, values[1], settings) or false
  end
  for _, cond in ipairs(conds) do
    local name, want = cond:match("^([^=]*)=(.*)$")
    if name then
      met[cond] = matches(run, values[1], { [name] = want }) or false
    end
  end
  return met
end

-- ---- choosing ----

local function current(run)
  local words = { "mode=" .. run.config.mode }
  for k, v in core.pairs(run.config.options) do
    words[#words + 1] = k .. "=" .. v
  end
  return table.concat(words, ", ")
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
  return best[2]
end

local function resolve(run, v, met, key)
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
