--- The mistakes that a BUILD.lua can have, in words. Everything here raises.
local core = require "core"
local attr_check = require "model.attr_check"
local list = require "util.list"
local place = require "util.place"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

--- "'a', 'b' and 'c'".
M.quoted = list.words

local function article(name)
  return name:find("^[aeiouAEIOU]") and "an" or "a"
end

---@param def RuleDef
---@param spec any
function M.not_a_table(def, spec)
  place.raise({ code = "E0206",
    message = ("%s takes one table, not %s"):format(def.name, util_err.kind(spec)),
    hint = ("write %s { name = \"...\", ... }"):format(def.name) }, { call = def.name })
end

---@param def RuleDef
---@param name any
function M.no_name(def, name)
  place.raise({ code = "E0206",
    message = name == nil and ("this %s has no name"):format(def.name)
      or ("the name of %s %s wants a string, not %s"):format(article(def.name), def.name,
        util_err.kind(name)),
    hint = name == nil and 'every target needs name = "..."' or nil },
    { key = "name", call = def.name })
end

---@param def RuleDef
---@param name string
---@param problem string
function M.bad_name(def, name, problem)
  place.raise({ code = "E0206", message = ("the name '%s' %s"):format(name, problem) },
    { key = "name", text = name, call = def.name })
end

local function at_line(c, record)
  return ("//%s:%d"):format(place.file(c.label), core.unpacked(record).line)
end

---@param c PackageContext
---@param def RuleDef
---@param name string
function M.two_targets(c, def, name)
  local first = core.unpacked(c.targets[name])
  place.raise({ code = "E0205",
    message = ("there is a target '%s' already: a %s at %s"):format(name, first.rule.name,
      at_line(c, first)),
    hint = "names are unique in a package" }, { key = "name", text = name, call = def.name })
end

---@param c PackageContext
---@param file string
---@param name string
function M.two_outputs(c, file, name)
  local owner = c.outputs[file]
  local first = c.targets[owner]
  place.raise({ code = "E0221",
    message = ("'%s' is made by two targets: '%s' (%s) and '%s'"):format(file, owner,
      at_line(c, first), name),
    hint = "an output belongs to one target" }, { text = file })
end

---@param c PackageContext
---@param dir string    an output, and a directory of the other
---@param file string
---@param name string
function M.output_below(c, dir, file, name)
  local owner = c.outputs[dir] or c.outputs[file]
  local first = c.targets[owner]
  place.raise({ code = "E0221",
    message = ("'%s' is below '%s', which is a file: '%s'%s and '%s' make them"):format(file, dir,
      owner or name, first and (" (%s)"):format(at_line(c, first)) or "", name),
    hint = "rename one of the two" }, { text = c.outputs[dir] and file or dir })
end

---@param c PackageContext
---@param file string
---@param name string
function M.output_is_target(c, file, name)
  place.raise({ code = "E0221",
    message = ("'%s' makes a file with the name of the target '%s' (%s)"):format(name, file,
      at_line(c, c.targets[file])),
    hint = "rename one of them: labels name targets and files alike" }, { text = file })
end

---@param c PackageContext
---@param def RuleDef
---@param name string
function M.target_is_output(c, def, name)
  local owner = c.outputs[name]
  place.raise({ code = "E0221",
    message = ("the target '%s' has the name of a file that '%s' makes (%s)"):format(name, owner,
      at_line(c, c.targets[owner])),
    hint = "rename one of them: labels name targets and files alike" },
    { key = "name", text = name, call = def.name })
end

local function values_of(problem)
  local words = {}
  for i, v in ipairs(problem.values) do
    words[i] = tostring(v)
  end
  return words
end

-- What is wrong with one attribute, as message, hint.
local function describe(def, key, problem)
  local where = ("'%s' of %s"):format(key, def.name)
  if problem.code == "E0209" then
    if problem.element then
      return ("%s wants %s, but an element is %s"):format(where, problem.wants, problem.given),
        problem.hint
    end
    return ("%s wants %s, not %s"):format(where, problem.wants, problem.given), problem.hint
  elseif problem.code == "E0210" then
    local words = values_of(problem)
    return ("%s cannot be '%s'"):format(where, tostring(problem.value)),
      suggest.hint(tostring(problem.value), words) or "it is one of " .. list.words(words)
  elseif problem.is_hole then
    return ("%s: %s"):format(where, problem.message), problem.hint
  end
  return ("%s: %s"):format(where, problem.message), problem.hint
end

--- Raises a problem of attr_check with a place.
---@param def RuleDef
---@param key string
---@param problem table
function M.problem(def, key, problem)
  local message, hint = describe(def, key, problem)
  place.raise({ code = problem.code, message = message, hint = hint },
    { key = key, text = problem.text, call = def.name })
end

local function known_attributes(def)
  local names = { "name", "visibility" }
  for n in sorted.pairs(def.settable) do
    names[#names + 1] = n
  end
  return names
end

local function unknown_attribute(def, key)
  if type(key) == "number" then
    place.raise({ code = "E0208",
      message = ("%s has named attributes; element %d has no name"):format(def.name, key),
      hint = "write name = value" }, { call = def.name })
  end
  local names = known_attributes(def)
  place.raise({ code = "E0208",
    message = ("%s has no attribute '%s'"):format(def.name, tostring(key)),
    hint = suggest.hint(tostring(key), names) or "it has " .. table.concat(names, ", ") },
    { key = tostring(key), call = def.name })
end

--- Finds the first mistake in the attributes, in a fixed order, and raises it.
---@param c PackageContext
---@param def RuleDef
---@param spec table
function M.attributes(c, def, spec)
  for _, key in ipairs(sorted.keys(spec)) do
    if key ~= "name" and key ~= "visibility" and not def.settable[key] then
      unknown_attribute(def, key)
    end
  end
  for _, key in ipairs(sorted.keys(spec)) do
    local a = def.attrs[key]
    local _, problem
    if a then
      _, problem = attr_check.check(a, spec[key], c.pkg)
    end
    if problem then
      M.problem(def, key, problem)
    end
  end
  unknown_attribute(def, "(a key that is neither a name nor a number)")
end

---@param def RuleDef
---@param spec table
---@param key string
function M.mandatory(def, spec, key)
  local a = def.attrs[key]
  place.raise({ code = "E0207",
    message = ("%s '%s' needs the attribute '%s'"):format(def.name, spec.name, key),
    hint = a.doc and ("%s: %s"):format(key, a.doc) or nil }, { call = def.name })
end

---@param what string
---@param key any
---@param known table<string, any>
function M.no_option(what, key, known)
  local names = sorted.keys(known)
  place.raise({ code = "E0238", message = ("%s has no option '%s'"):format(what, tostring(key)),
    hint = suggest.hint(tostring(key), names) or "it has " .. table.concat(names, ", ") },
    { key = tostring(key), call = what })
end

---@param what string
---@param given any
function M.call_wants_table(what, given)
  place.raise({ code = "E0238",
    message = ("%s takes one table, not %s"):format(what, util_err.kind(given)) }, { call = what })
end

return M
