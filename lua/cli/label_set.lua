--- Sets of labels, as query expressions see them: + - * and a fixed order.
local M = {}

---@class LabelSet
---@field list string[]
---@field has table<string, boolean>
---@field ordered? boolean  the order says something (a path): it is not sorted for people
local Set = {}
Set.__index = Set

---@param list? string[]
---@return LabelSet
function M.new(list)
  local self = setmetatable({ list = {}, has = {} }, Set)
  for _, label in ipairs(list or {}) do self:add(label) end
  return self
end

---@param x any
---@return boolean
function M.is(x)
  return getmetatable(x) == Set
end

---@param label string
function Set:add(label)
  if self.has[label] then return end
  self.has[label] = true
  self.list[#self.list + 1] = label
end

---@param keep fun(label: string): boolean?
---@return LabelSet
function Set:filter(keep)
  local out = M.new()
  for _, label in ipairs(self.list) do
    if keep(label) then out:add(label) end
  end
  return out
end

--- The labels in the order they are shown.
---@return string[]
function Set:shown()
  local list = table.move(self.list, 1, #self.list, 1, {})
  if not self.ordered then table.sort(list) end
  return list
end

---@param a LabelSet
---@param b LabelSet
---@return LabelSet
function M.union(a, b)
  local out = M.new(a.list)
  for _, label in ipairs(b.list) do out:add(label) end
  return out
end

---@param a LabelSet
---@param b LabelSet
---@return LabelSet
function M.minus(a, b)
  return a:filter(function(label) return not b.has[label] end)
end

---@param a LabelSet
---@param b LabelSet
---@return LabelSet
function M.both(a, b)
  return a:filter(function(label) return b.has[label] end)
end

return M
