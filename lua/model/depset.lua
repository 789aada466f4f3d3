--- The function `depset` of libraries: an ordered union that is not copied.
local core = require "core"
local place = require "util.place"
local util_err = require "util.err"

local M = {}

local ORDERS = { postorder = true, preorder = true, topological = true }

local function bad(message, hint)
  place.raise({ code = "E0238", message = "depset: " .. message, hint = hint }, { call = "depset" })
end

local getmetatable, tag_of, is_depset = debug.getmetatable, core.tag_of, core.is_depset

--- Appends the items of a list that may have lists in it; false is dropped.
local function flatten(list, out, what)
  list = core.raw(list)
  local n = #out
  for i = 1, #list do
    local x = list[i]
    if x == nil then
      bad(("element %d of the %s is nil"):format(i, what))
    elseif type(x) == "table" and (getmetatable(x) == nil or not tag_of(x))
      and not is_depset(x) then
      flatten(x, out, what)
      n = #out
    elseif x ~= false then
      n = n + 1
      out[n] = x
    end
  end
  return out
end

local function check_transitive(list)
  for i, d in ipairs(list) do
    if not core.is_depset(d) then
      bad(("element %d of the second list is %s, not a depset"):format(i, util_err.kind(d)),
        "direct items stand in the first list")
    end
  end
  return list
end

--- The items of a list that may have lists in it, without `false`.
---@param list any[]
---@param what string
---@return any[]
function M.flat(list, what)
  return flatten(list, {}, what)
end

--- One depset of items that may be depsets themselves.
---@param items any[]
---@return any
function M.mixed(items)
  local direct, transitive = {}, {}
  for _, x in ipairs(items) do
    local into = core.is_depset(x) and transitive or direct
    into[#into + 1] = x
  end
  return core.depset(direct, transitive, "postorder")
end

local function check_direct(direct)
  local is_list = type(direct) == "table" and not tag_of(direct)
  if direct ~= nil and (not is_list or is_depset(direct)) then
    bad("the direct items are a list, not " .. util_err.kind(direct))
  end
end

local function check_rest(transitive, order)
  if transitive ~= nil and type(transitive) ~= "table" then
    bad("the second argument is a list of depsets, not " .. util_err.kind(transitive))
  end
  if order ~= nil and not ORDERS[order] then
    bad(("there is no order '%s'"):format(tostring(order)), "postorder, preorder or topological")
  end
end

--- depset(direct, { transitive, ... } [, order]).
---@param direct? any[]
---@param transitive? any[]
---@param order? string
---@return any
function M.new(direct, transitive, order)
  check_direct(direct)
  if type(transitive) == "string" and order == nil then
    transitive, order = nil, transitive
  end
  if transitive ~= nil and is_depset(transitive) then
    transitive = { transitive }
  end
  check_rest(transitive, order)
  local nested = transitive and check_transitive(flatten(transitive, {}, "second list")) or {}
  local items = direct and flatten(direct, {}, "first list") or {}
  -- core.depset says which item is no plain data
  return core.depset(items, nested, order or "postorder")
end

-- Where a list is expected, nothing would be found, and in silence.
local function no_list(_, k)
  if k == nil or math.type(k) then
    place.raise({ code = "E0238", message = "a depset is no list",
      hint = "write depset:to_list() to walk through it" }, { name = "ipairs" })
  end
end

local metatable = debug.getmetatable(core.depset({}, {}))
metatable.__len = function() no_list() end
setmetatable(metatable.__index, { __index = no_list })

return M
