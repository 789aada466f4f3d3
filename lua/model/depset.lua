--- The function `depset` of libraries: an ordered union that is not copied.
local core = require "core"
local place = require "util.place"
local util_err = require "util.err"

local M = {}

local ORDERS = { postorder = true, preorder = true, topological = true }

local function bad(message, hint)
  place.raise({ code = "E0238", message = "depset: " .. message, hint = hint }, { call = "depset" })
end

--- Appends the items of a list that may have lists in it; false is dropped.
local function flatten(list, out, what)
  list = core.raw(list)
  for i = 1, #list do
    local x = list[i]
    local tag = core.tag_of(x)
    if x == nil then
      bad(("element %d of the %s is nil"):format(i, what))
    elseif type(x) == "table" and not tag and not core.is_depset(x) then
      flatten(x, out, what)
    elseif x ~= false then
      out[#out + 1] = x
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

--- depset(direct, { transitive, ... } [, order]).
---@param direct? any[]
---@param transitive? any[]
---@param order? string
---@return any
function M.new(direct, transitive, order)
  local is_list = type(direct) == "table" and not core.tag_of(direct)
  if direct ~= nil and (not is_list or core.is_depset(direct)) then
    bad("the direct items are a list, not " .. util_err.kind(direct))
  end
  if type(transitive) == "string" and order == nil then
    transitive, order = nil, transitive
  end
  if transitive ~= nil and core.is_depset(transitive) then
    transitive = { transitive }
  end
  if transitive ~= nil and type(transitive) ~= "table" then
    bad("the second argument is a list of depsets, not " .. util_err.kind(transitive))
  end
  if order ~= nil and not ORDERS[order] then
    bad(("there is no order '%s'"):format(tostring(order)), "postorder, preorder or topological")
  end
  local nested = flatten(transitive or {}, {}, "second list")
  check_transitive(nested)
  local items = flatten(direct or {}, {}, "first list")
  local ok, why = core.check(items)
  if not ok then
    bad("it holds plain data, files and labels, but " .. tostring(why))
  end
  return core.depset(items, nested, order or "postorder")
end

return M
