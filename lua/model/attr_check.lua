--- Checks of attribute values, one function per kind.
---
--- check(a, v, pkg) returns the plain value, or nil and a problem: an error table without a
--- place, with `text`: the literal to underline. These run once per attribute of every target,
--- so the good way through makes no closure and formats nothing.
local core = require "core"
local label = require "model.label"
local path = require "util.path"
local select_value = require "model.select"
local target_ref = require "model.target_ref"
local util_err = require "util.err"

local M = {
  --- set when a value with a select went through; whoever wants to know clears it before
  saw_select = false,
}

local getmetatable = debug.getmetatable
local byte, sub, move = string.byte, string.sub, table.move
local kind_of = util_err.kind
local is_sum = select_value.is_sum

local WANTS = {
  string = "a string", int = "an integer", bool = "true or false",
  string_list = "a list of strings", string_dict = "a map from strings to strings",
  label = "a label", label_list = "a list of labels", label_dict = "a map from strings to labels",
  command = "a string or a list of strings",
  environment = "a map of values or a list of names",
  settings = "a map from settings to values",
  output = "the name of a file", output_list = "a list of file names",
}

--- What an attribute of this kind takes, in words.
---@param kind string
---@return string
function M.wants(kind)
  return WANTS[kind]
end

local function wrong(a, v, hint)
  local p = { code = "E0209", wants = WANTS[a.kind], given = kind_of(v), hint = hint }
  if type(v) == "string" then
    p.text = v
  end
  return nil, p
end

local function not_allowed(a, v)
  local text = type(v) == "string" and v or nil
  return nil, { code = "E0210", value = v, values = a.values, text = text }
end

local function allowed(a, v)
  local values = a.values
  for i = 1, #values do
    if values[i] == v then
      return true
    end
  end
  return false
end

local function scalar(a, v)
  if a.values and not allowed(a, v) then
    return not_allowed(a, v)
  end
  return v
end

local check = {}

function check.string(a, v)
  if type(v) ~= "string" then
    return wrong(a, v)
  end
  return scalar(a, v)
end

function check.int(a, v)
  if math.type(v) ~= "integer" then
    return wrong(a, v)
  end
  return scalar(a, v)
end

function check.bool(a, v)
  if type(v) ~= "boolean" then
    return wrong(a, v)
  end
  return v
end

local function bad_element(a, v)
  return nil, { code = "E0209", wants = WANTS[a.kind], given = kind_of(v), element = true }
end

-- One item of a list: the plain item, or nil and a problem.
local item = {}

function item.string_list(a, v)
  if type(v) ~= "string" then
    return bad_element(a, v)
  end
  if a.values and not allowed(a, v) then
    return not_allowed(a, v)
  end
  return v
end

local resolve = label.resolve

-- "../lib/x.c" -> a file of another package.
local function above_hint(v, pkg)
  local whole = v:find("^[%w_./%-]+$") and v:find("..", 1, true)
    and path.normalize(path.join(pkg, v))
  if whole and whole:sub(1, 2) ~= ".." and not pkg:find("^@") then
    return ('name it by its package: "//%s:%s"'):format(path.dirname(whole), path.basename(whole))
  end
end

local function label_text(v, pkg)
  local text, why = resolve(v, pkg)
  if text then
    return text
  end
  return nil, { code = "E0212", message = ("'%s' is not a label: %s"):format(v, why), text = v,
    hint = above_hint(v, pkg) }
end

function item.label_list(a, v, pkg)
  if type(v) == "string" then
    return label_text(v, pkg)
  end
  local text = target_ref.text(v)
  if text then
    return text
  end
  return bad_element(a, v)
end

function item.output_list(a, v)
  if type(v) ~= "string" then
    return bad_element(a, v)
  end
  local problem = label.name_problem(v)
  if problem then
    return nil, { code = "E0212", text = v, hint = "outputs are named relative to the package",
      message = ("'%s' is no name for an output: it %s"):format(v, problem) }
  end
  return v
end

local flatten

local function nested(a, v, pkg, out, n, of)
  local mt = getmetatable(v)
  if mt == nil or is_sum(v) or core.is_frozen(v) and not core.tag_of(v) then
    return flatten(a, core.raw(v), pkg, out, n, of)
  end
  if select_value.is_draft(v) then
    M.saw_select = true
    local tagged, problem = select_value.checked(v, pkg, function(case)
      return M.check(a, case, pkg)
    end)
    if problem then
      return nil, problem
    end
    out[n + 1] = tagged
    return n + 1
  end
  local value, problem = of(a, v, pkg)
  if problem then
    return nil, problem
  end
  out[n + 1] = value
  return n + 1
end

local function hole(i)
  return nil, { code = "E0211", message = ("element %d is nil"):format(i), is_hole = true,
    hint = "a variable that was never set? write false for an element to leave out" }
end

-- Appends the items of list v to out[n+1...]; returns the new n, or nil and a problem.
function flatten(a, v, pkg, out, n, of)
  local len = #v
  local problem
  for i = 1, len do
    local x = v[i]
    local t = type(x)
    if t == "string" then
      x, problem = of(a, x, pkg)
      if problem then
        return nil, problem
      end
      n = n + 1
      out[n] = x
    elseif t == "table" or t == "userdata" then
      n, problem = nested(a, x, pkg, out, n, of)
      if not n then
        return nil, problem
      end
    elseif x == nil then
      return hole(i)
    elseif x ~= false then
      return of(a, x, pkg)
    end
  end
  local stray = next(v, len > 0 and len or nil)
  if stray ~= nil then
    if math.type(stray) == "integer" then
      return hole(len + 1)
    end
    return nil, { code = "E0209", wants = WANTS[a.kind],
      given = ("a table with the key '%s'"):format(tostring(stray)), text = stray }
  end
  return n
end

-- Lists of nothing but strings, which nearly all are; nil when v is another, or one to look at
-- more closely.
local quick = {}

local names, absolute, prefixes = label.known.names, label.known.absolute, label.known.prefixes

function quick.label_list(_, v, pkg)
  local out, len, prefix = {}, #v, prefixes[pkg]
  for i = 1, len do
    local x = v[i]
    local text = absolute[x]
    if not text then
      if type(x) ~= "string" or not prefix then
        return nil
      end
      local name = byte(x) == 58 and sub(x, 2) or x
      if not names[name] then
        return nil
      end
      text = prefix .. name
    end
    out[i] = text
  end
  if next(v, len > 0 and len or nil) == nil then
    return out
  end
end

function quick.string_list(a, v)
  local len = #v
  if a.values then
    return nil
  end
  for i = 1, len do
    if type(v[i]) ~= "string" then
      return nil
    end
  end
  if next(v, len > 0 and len or nil) == nil then
    return move(v, 1, len, 1, {})
  end
end

local function list_check(kind)
  local of, fast = item[kind], quick[kind]
  check[kind] = function(a, v, pkg)
    if fast and type(v) == "table" and (getmetatable(v) == nil or is_sum(v)) then
      local out = fast(a, v, pkg)
      if out then
        return out
      end
    end
    if type(v) ~= "table" then
      if target_ref.text(v) then
        return wrong(a, v, "write { target }: a list, even of one")
      end
      return wrong(a, v, type(v) == "string"
        and ("write { %q }: a list, even of one"):format(v) or nil)
    end
    local out = {}
    local n, problem
    if getmetatable(v) == nil then
      n, problem = flatten(a, v, pkg, out, 0, of)
    else
      n, problem = nested(a, v, pkg, out, 0, of)
    end
    if not n then
      return nil, problem
    end
    return out
  end
end

list_check("string_list")
list_check("label_list")
list_check("output_list")

function check.label(_, v, pkg)
  if type(v) == "string" then
    return label_text(v, pkg)
  end
  local text = target_ref.text(v)
  if text then
    return text
  end
  return wrong({ kind = "label" }, v, type(v) == "table" and "it takes one, without braces" or nil)
end

function check.output(a, v)
  if type(v) ~= "string" then
    return wrong(a, v)
  end
  return item.output_list(a, v)
end

local function dict_check(kind, value_check)
  check[kind] = function(a, v, pkg)
    if type(v) ~= "table" or (getmetatable(v) and not core.is_frozen(v)) then
      return wrong(a, v)
    end
    local out = {}
    -- the order does not matter: the result is a map, and errors are found again in order
    for k, x in next, core.raw(v) do
      if type(k) ~= "string" then
        return wrong(a, v)
      end
      local value, problem = value_check(a, x, pkg)
      if problem then
        problem.wants, problem.key = WANTS[kind], k
        return nil, problem
      end
      out[k] = value
    end
    return out
  end
end

dict_check("string_dict", function(a, x)
  return check.string({ kind = a.kind }, x)
end)
dict_check("label_dict", check.label)
dict_check("settings", function(a, x)
  if type(x) == "boolean" or math.type(x) == "integer" then
    return tostring(x)
  end
  return check.string({ kind = a.kind }, x)
end)

function check.command(a, v, pkg)
  if type(v) == "string" then
    return v
  elseif type(v) ~= "table" then
    return wrong(a, v)
  end
  return check.string_list(a, v, pkg)
end

function check.environment(a, v, pkg)
  if type(v) ~= "table" then
    return wrong(a, v)
  end
  local is_list = next(core.raw(v)) == nil or core.raw(v)[1] ~= nil
  return check[is_list and "string_list" or "string_dict"](a, v, pkg)
end

local function check_select(a, v, pkg)
  M.saw_select = true
  return select_value.checked(v, pkg, function(case)
    return M.check(a, case, pkg)
  end)
end

--- Checks `v` for attribute `a` in package `pkg`.
---@param a AttrDef
---@param v any
---@param pkg string package id
---@return any value
---@return table? problem
function M.check(a, v, pkg)
  if type(v) == "table" and getmetatable(v) and select_value.is_draft(v) then
    if a.kind == "output" or a.kind == "output_list" then
      return nil, { code = "E0209", wants = WANTS[a.kind], given = "a select",
        hint = "outputs are known before the configuration is" }
    end
    return check_select(a, v, pkg)
  end
  return check[a.kind](a, v, pkg)
end

return M
