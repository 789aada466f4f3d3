--- What an attribute accepts of the things that its labels name, and the words when it does not.
local blame = require "nodes.blame"
local core = require "core"
local dep = require "nodes.dep"
local label = require "model.label"
local list = require "util.list"
local path = require "util.path"
local place = require "util.place"
local provider = require "model.provider"
local suggest = require "util.suggest"
local visibility = require "model.visibility"

local M = {}

local raw = core.raw

local function fail(run, e, find)
  error(blame.fill(run.env, run.label, e, find), 0)
end

-- The ways in which a label may have been written in this package.
local function spellings(run, text)
  local pkg, name = label.split(text)
  local out = { text }
  if pkg == run.pkg then
    out[#out + 1] = ":" .. name
    out[#out + 1] = name
  end
  local last = pkg:match("[^/]*$")
  if last == name then
    out[#out + 1] = label.shown_package(pkg)
  end
  return out
end

local function find_of(run, slot)
  return { key = slot.key, text = spellings(run, slot.label) }
end

local function package_names(run)
  local package = run.env:get(core.key("PACKAGE", run.pkg))
  local names = {}
  for name in core.pairs(package.targets) do
    names[#names + 1] = name
  end
  for name in core.pairs(package.outputs) do
    names[#names + 1] = name
  end
  return names
end

-- Where a target may stand that does not fit into deps.
local function elsewhere_hint(run, slot)
  local others = {}
  for _, key in ipairs { "srcs", "data" } do
    local a = run.def.settable[key]
    if a and a.allow_files and key ~= slot.key then others[#others + 1] = key end
  end
  return #others > 0 and ("its files can stand in %s"):format(table.concat(others, " or ")) or nil
end

local function files_near(run, file)
  local dir = path.dirname(file)
  local listing = run.env:get(core.key("DIRECTORY_LISTING", dir))
  local prefix = dir == run.dir and "" or dir:sub(run.dir == "" and 1 or #run.dir + 2) .. "/"
  local names = {}
  for _, entry in ipairs(listing.entries or {}) do
    if entry.kind == "file" and entry.name ~= "BUILD.lua" then
      names[#names + 1] = prefix .. entry.name
    end
  end
  return names
end

local function missing(run, slot)
  local _, name = label.split(slot.label)
  local files = slot.a.allow_files and files_near(run, slot.path) or {}
  local targets = package_names(run)
  local best = suggest.best(name, files)
  local hint = best and ("did you mean '%s'?"):format(best)
  if not hint then
    best = suggest.best(name, targets)
    hint = best and ("did you mean ':%s'?"):format(best)
  end
  if slot.a.allow_files then
    fail(run, { code = "E0215", hint = hint,
      message = ("there is no file '%s', and no target makes it"):format(slot.path) },
      find_of(run, slot))
  end
  fail(run, { code = "E0213", hint = hint,
    message = ("there is no target '%s' in the package '%s'"):format(name,
      label.shown_package(run.pkg)) }, find_of(run, slot))
end

--- A file below a directory that is a package of its own belongs to that.
---@param run Run
---@param slot Slot
---@param values table[]
function M.borders(run, slot, values)
  for _, border in ipairs(slot.borders or {}) do
    if values[border[1]].value == "file" then
      local _, name = label.split(slot.label)
      local pkg = path.join(run.pkg, border[2])
      fail(run, { code = "E0237",
        message = ("'%s' belongs to the package '//%s'"):format(name, pkg),
        hint = ("write \"//%s:%s\""):format(pkg, name:sub(#border[2] + 2)) }, find_of(run, slot))
    end
  end
end

local function allowed_file(a, file)
  if a.allow_files == true then
    return true
  end
  for _, ext in ipairs(a.allow_files or {}) do
    if file:sub(-#ext) == ext then
      return true
    end
  end
  return false
end

--- The entry for a source file of kind `kind`.
---@param run Run
---@param slot Slot
---@param kind string
---@return table
function M.source_entry(run, slot, kind)
  if kind == "none" then
    missing(run, slot)
  elseif kind == "dir" then
    fail(run, { code = "E0246", message = ("'%s' is a directory"):format(slot.path),
      hint = "name its files: glob { \"dir/**\" }" }, find_of(run, slot))
  end
  return dep.source(slot.label, slot.path)
end

local function extensions(a)
  return list.words(a.allow_files)
end

local function names_of(ids)
  local out = {}
  for i, id in ipairs(ids) do
    out[i] = provider.short(id)
  end
  return table.concat(out, " and ")
end

local function wanted(a)
  local words = {}
  for i, group in ipairs(a.providers or {}) do
    words[i] = names_of(group)
  end
  return table.concat(words, " or ")
end

local function has_providers(a, target)
  for _, group in ipairs(a.providers) do
    local all = true
    for _, id in ipairs(group) do
      all = all and target.providers[id] ~= nil
    end
    if all then
      return true
    end
  end
  return #a.providers == 0
end

local function some_allowed(a, files)
  for _, file in ipairs(files) do
    if allowed_file(a, raw(file).path) then
      return true
    end
  end
  return #files == 0
end

-- Files that the attribute does not take, as a source or as all that a target has.
local function wrong_file(run, slot, what)
  local a = slot.a
  local hint
  if a.allow_files then
    hint = ("'%s' takes files that end with %s"):format(slot.key, extensions(a))
  else
    hint = ("'%s' takes targets%s, not files"):format(slot.key,
      a.providers and " with " .. wanted(a) or "")
  end
  fail(run, { code = "E0220", hint = hint,
    message = ("%s does not fit into '%s' of %s"):format(what, slot.key, run.def.name) },
    find_of(run, slot))
end

--- Do kind of thing, files and providers fit?
---@param run Run
---@param slot Slot
---@param entry table
function M.entry(run, slot, entry)
  local a = slot.a
  if entry.source then
    if not allowed_file(a, raw(entry.source).path) then
      wrong_file(run, slot, ("the file '%s'"):format(raw(entry.source).path))
    end
    return
  end
  if a.providers then
    if has_providers(a, entry.target) then
      return
    elseif not a.allow_files then
      fail(run, { code = "E0219",
        message = ("'%s' of %s wants targets with %s, and %s (%s) has none"):format(slot.key,
          run.def.name, wanted(a), slot.label, entry.target.rule.name),
        hint = elsewhere_hint(run, slot) }, find_of(run, slot))
    end
  end
  if a.allow_files and a.allow_files ~= true and not some_allowed(a, dep.files(entry)) then
    wrong_file(run, slot, ("%s (%s)"):format(slot.label, entry.target.rule.name))
  end
  if a.single and #dep.files(entry) ~= 1 then
    fail(run, { code = "E0220",
      message = ("'%s' of %s wants one file, and %s has %d"):format(slot.key, run.def.name,
        slot.label, #dep.files(entry)) }, find_of(run, slot))
  end
end

---@param run Run
---@param slot Slot
---@param target table  value of CONFIGURED_TARGET
function M.visible(run, slot, target)
  local pkg, name = label.split(slot.label)
  if slot.default or visibility.allows(target.visibility, pkg, run.pkg) then
    return
  end
  local user, file = label.shown_package(run.pkg), place.file(label.build_file(pkg))
  fail(run, { code = "E0218",
    message = ("%s is not visible to the package '%s'"):format(slot.label, user),
    hint = target.is_source and ("add to %s: export_files { %q }"):format(file, name)
      or ("add to '%s' in %s: visibility = { %q }"):format(name, file, user) },
    find_of(run, slot))
end

--- The look-up of a label failed: unknown targets get the place where they are named, everything
--- else passes as it is.
---@param run Run
---@param slot Slot
---@param e Err
function M.failed(run, slot, e)
  local unknown = e.code == "E0213" and e.label == slot.label and not e.file
  if unknown or ((e.code == "E0214" or e.code == "E0241") and not e.file) then
    fail(run, { code = e.code, message = e.message, hint = e.hint }, find_of(run, slot))
  end
  error(e, 0)
end

return M
