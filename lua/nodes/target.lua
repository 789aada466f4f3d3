--- TARGET {label}: what a label names, without line numbers, so that moving a target in its
--- BUILD.lua changes nothing above.
---
--- {kind = "rule", label, name, rule, attrs, visibility, selects, test, suite, refs}: refs has the
--- labels of the same package in attrs that name targets ("rule") or outputs ("output"); all
--- others of the package are source files.
--- {kind = "output", label, file, target = label, visibility}
--- {kind = "source", label, path, visibility}
local core = require "core"
local label = require "model.label"
local path = require "util.path"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local raw = core.raw

-- ---- rules ----

local function find_refs(v, prefix, package, refs)
  v = raw(v)
  if type(v) == "string" then
    if v:sub(1, #prefix) == prefix then
      local name = v:sub(#prefix + 1)
      if package.targets[name] then
        refs[v] = "rule"
      elseif package.outputs[name] then
        refs[v] = "output"
      end
    end
  elseif type(v) == "table" then
    -- only a map is filled: the order cannot be seen
    for _, x in next, v do
      find_refs(x, prefix, package, refs)
    end
  end
end

local function suite_of(package, pkg, record)
  local listed = record.attrs[record.suite]
  if listed then
    return listed
  end
  local out = {}
  for name, target in core.pairs(package.targets) do
    if target.test then
      out[#out + 1] = label.text(pkg, name)
    end
  end
  return out
end

local function rule_value(text, package, pkg, record)
  local refs = {}
  find_refs(record.attrs, label.text(pkg, ""), package, refs)
  return { kind = "rule", label = text, name = record.name, rule = record.rule,
    attrs = record.attrs, visibility = record.visibility, selects = record.selects,
    test = record.test, suite = record.suite and suite_of(package, pkg, record) or nil,
    refs = refs, dir = package.dir }
end

-- ---- sources ----

local function names_file(v, text)
  v = raw(v)
  if type(v) == "table" then
    for _, x in core.pairs(v) do
      if names_file(x, text) then
        return true
      end
    end
  end
  return v == text
end

-- Who may see a source: those that export_files names, and who may see a target that has it.
local function source_visibility(package, text, name)
  local out = {}
  for _, entry in ipairs(package.exports[name] or {}) do
    out[#out + 1] = entry
  end
  for _, record in core.pairs(package.targets) do
    if #record.visibility > 0 and names_file(record.attrs, text) then
      for _, entry in ipairs(record.visibility) do
        out[#out + 1] = entry
      end
    end
  end
  return out
end

local function file_names(env, dir)
  local listing = env:get(core.key("DIRECTORY_LISTING", dir))
  local names = {}
  for _, entry in ipairs(listing.entries or {}) do
    if entry.kind == "file" then
      names[#names + 1] = entry.name
    end
  end
  return names
end

local function unknown(env, text, package, pkg, name, dir)
  local names = sorted.keys(raw(package.targets))
  for file in core.pairs(package.outputs) do
    names[#names + 1] = file
  end
  local best = suggest.best(name, names) or suggest.best(name, file_names(env, dir))
  local hint = best and ("did you mean '%s'?"):format(label.text(pkg, best))
  if not hint then
    hint = #names > 0 and "it has " .. table.concat(names, ", ", 1, math.min(#names, 8))
      .. (#names > 8 and ", ..." or "") or "its BUILD.lua declares no targets"
  end
  error({ code = "E0213", label = text, hint = hint,
    message = ("there is no target or file '%s' in the package '%s'"):format(name,
      label.shown_package(pkg)) }, 0)
end

return function(env, arg)
  local text = arg[1]
  local pkg, name = label.split(text)
  if not pkg then
    error({ code = "E0212", message = ("'%s' is no label"):format(text) }, 0)
  end
  local package = raw(env:get(core.key("PACKAGE", pkg)))
  local record = package.targets[name]
  if record then
    return rule_value(text, package, pkg, raw(record))
  end
  local owner = package.outputs[name]
  if owner then
    return { kind = "output", label = text, file = name, target = label.text(pkg, owner),
      visibility = package.targets[owner].visibility }
  end
  local dir = package.dir or pkg
  local file = path.join(dir, name)
  if env:get(core.key("FILE_KIND", file)) == "file" then
    return { kind = "source", label = text, path = file,
      visibility = source_visibility(package, text, name) }
  end
  return unknown(env, text, package, pkg, name, dir)
end
