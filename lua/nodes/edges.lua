--- EDGES package: for questions, which labels each target of a package names, whatever the
--- configuration: all cases of a select count, and so do the rule's own defaults.
---
--- {targets = map name -> {rule, line, test, tags, attrs = map attribute -> list of texts,
--- labels = sorted list, suite = labels}, outputs = map file -> target, modules = list,
--- dir}: files of the package stand as labels, too.
local attr = require "model.attr"
local core = require "core"
local label = require "model.label"
local list = require "util.list"
local module = require "load.module"
local select_value = require "model.select"

local raw = core.raw

--- Every plain value in an attribute, whatever case of a select it stands in.
local function each(v, fn, conditions)
  if select_value.is(v) then
    for _, case in ipairs(raw(v).cases) do
      if case[1] ~= "default" and not case[1]:find("=", 1, true) then
        conditions[#conditions + 1] = case[1]
      end
      each(case[2], fn, conditions)
    end
  elseif type(v) == "table" and not core.tag_of(v) then
    for k, x in core.pairs(v) do
      each(x, function(text)
        fn(text, type(k) == "string" and k or nil)
      end, conditions)
    end
  elseif v ~= nil then
    fn(v)
  end
end

local function texts_of(v, conditions)
  local out = {}
  each(v, function(x, name)
    out[#out + 1] = (name and name .. "=" or "") .. tostring(x)
  end, conditions)
  return out
end

local function labels_of(v, conditions)
  local out = {}
  each(v, function(x)
    out[#out + 1] = tostring(x)
  end, conditions)
  return out
end

local function suite_of(record, package, pkg)
  if not record.suite then
    return nil
  end
  local listed = record.attrs[record.suite]
  if listed then
    return labels_of(listed, {})
  end
  local out = {}
  for name, target in core.pairs(package.targets) do
    if target.test then
      out[#out + 1] = label.text(pkg, name)
    end
  end
  return out
end

local function target_edges(record, def, package, pkg)
  local attrs, labels, conditions = {}, {}, {}
  for _, name in ipairs(def.names) do
    local a, v = def.attrs[name], record.attrs[name]
    local given = v ~= nil
    if not given then
      v = a.default
    end
    if attr.IS_LABEL[a.kind] then
      list.append(labels, labels_of(v, conditions))
    end
    if given then
      attrs[name] = texts_of(v, conditions)
    end
  end
  list.append(labels, conditions)
  local suite = suite_of(record, package, pkg)
  labels = list.unique(list.append(labels, suite or {}))
  table.sort(labels)
  return { rule = record.rule.name, module = record.rule.module, line = record.line,
    test = record.test, suite = suite, attrs = attrs, labels = labels }
end

return function(env, pkg)
  local package = raw(env:get(core.key("PACKAGE", pkg)))
  local keys, names = {}, {}
  for _, record in core.pairs(package.targets) do
    local name = record.rule.module
    if not names[name] then
      names[name] = #keys + 1
      keys[#keys + 1] = core.key("MODULE", name)
    end
  end
  local values, targets = env:get_all(keys), {}
  for name, record in core.pairs(package.targets) do
    local from = record.rule.module
    local def = module.live(from, values[names[from]]).rules[record.rule.name]
    if not def then
      error({ code = "E0226", message = ("%s has no rule '%s'"):format(from, record.rule.name) }, 0)
    end
    targets[name] = target_edges(record, def, package, pkg)
  end
  return { targets = targets, outputs = package.outputs, modules = package.modules,
    dir = package.dir or pkg }
end
