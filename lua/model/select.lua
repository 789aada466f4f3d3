--- select { ["//conf:debug"] = a, default = b }: a value that depends on the configuration.
---
--- While a BUILD.lua runs it is an object; checked, it is tagged data "select" with
--- `cases`, a list of { condition, value }, `default` last. A condition is "default", a label of
--- a config_setting, or "name=value" of an option.
local core = require "core"
local label = require "model.label"
local sorted = require "util.sorted"
local util_err = require "util.err"

local M = {}

-- ---- sums of lists ----

-- { "-Wall" } + select { ... }: the items one after the other, flattened when they are checked.
local Sum = { __name = "list", __metatable = false }

local function sum(a, b)
  for _, x in ipairs { a, b } do
    if type(x) ~= "table" then
      error("a list and " .. util_err.kind(x) .. " cannot be added; write { ... } around it", 2)
    end
  end
  return setmetatable({ a, b }, Sum)
end
Sum.__add = sum

--- A list that can be added to another one with `+`.
---@param list any[]
---@return any[]
function M.addable(list)
  return setmetatable(list, Sum)
end

---@param x any
---@return boolean
function M.is_sum(x)
  return debug.getmetatable(x) == Sum
end

-- ---- drafts ----

---@class SelectDraft
---@field cases table<string, any>
local Draft = { __name = "select", __metatable = false }
Draft.__index = function(_, k)
  error(("a select has no field '%s': its value is known only when a rule runs"):format(
    tostring(k)), 2)
end
Draft.__newindex = function()
  error("a select cannot be changed", 2)
end
Draft.__add = sum
Draft.__concat = function()
  error("a select cannot be joined with '..'; put it into a list: { \"-O1\", select { ... } }", 2)
end

local CASES = {}

--- A draft from the table that the user wrote.
---@param cases table
---@return any
function M.draft(cases)
  return setmetatable({ [CASES] = cases }, Draft)
end

---@param x any
---@return boolean
function M.is_draft(x)
  return debug.getmetatable(x) == Draft
end

local function condition(text, pkg)
  local name, value = text:match("^([^=]*)=(.*)$")
  if name then
    return (name:match("[^:/]+$") or name) .. "=" .. value
  end
  return label.resolve(text, pkg)
end

--- Checks a draft: every value by `check`. nil and a problem when something is wrong.
---@param draft any
---@param pkg string
---@param check fun(v: any): any, table?
---@return any tagged
---@return table? problem
function M.checked(draft, pkg, check)
  local out, last = {}, nil
  for k, v in sorted.pairs(rawget(draft, CASES)) do
    if type(k) ~= "string" then
      return nil, { code = "E0231", message = "a select has conditions as keys, not a list",
        hint = 'write select { ["//conf:debug"] = ..., default = ... }' }
    end
    local value, problem = check(v)
    if problem then
      return nil, problem
    end
    if k == "default" then
      last = { "default", value }
    else
      local cond, why = condition(k, pkg)
      if not cond then
        return nil, { code = "E0212", text = k,
          message = ("'%s' is not a label: %s"):format(k, why) }
      end
      out[#out + 1] = { cond, value }
    end
  end
  out[#out + 1] = last
  if #out == 0 then
    return nil, { code = "E0231", message = "this select has no cases" }
  end
  return core.make("select", { cases = out })
end

---@param x any
---@return boolean
function M.is(x)
  return core.tag_of(x) == "select"
end

core.tag("select", {
  __tostring = function() return "select" end,
})

return M
