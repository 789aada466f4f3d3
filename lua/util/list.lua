--- Small helpers for lists.
local M = {}

--- Appends the items of `more` to `list` and returns it.
---@generic T
---@param list T[]
---@param more T[]
---@return T[]
function M.append(list, more)
  local n = #list
  for i = 1, #more do
    list[n + i] = more[i]
  end
  return list
end

--- The distinct items, in the order of their first appearance.
---@generic T
---@param list T[]
---@return T[]
function M.unique(list)
  local seen, out = {}, {}
  for i = 1, #list do
    local x = list[i]
    if not seen[x] then
      seen[x] = true
      out[#out + 1] = x
    end
  end
  return out
end

--- Is x among the items?
---@generic T
---@param list T[]
---@param x T
---@return boolean
---@nodiscard
function M.contains(list, x)
  for i = 1, #list do
    if list[i] == x then
      return true
    end
  end
  return false
end

--- "a", "b" and "c" for people; at most `limit` items are named.
---@param list string[]
---@param limit? integer
---@return string
function M.words(list, limit)
  limit = limit or 8
  local n = #list
  if n == 0 then
    return "nothing"
  end
  local shown = {}
  for i = 1, math.min(n, limit) do
    shown[i] = ("'%s'"):format(list[i])
  end
  if n > limit then
    return table.concat(shown, ", ") .. (" and %d more"):format(n - limit)
  end
  if n == 1 then
    return shown[1]
  end
  return table.concat(shown, ", ", 1, n - 1) .. " and " .. shown[n]
end

return M
