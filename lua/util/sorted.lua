--- Walking tables in an order that is the same in every run.
--- The only file that may call `pairs`: Lua seeds its string hash anew in each process.
local M = {}

local RANK = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then
    return (RANK[ta] or 9) < (RANK[tb] or 9)
  end
  if ta == "boolean" then
    return not a and b
  end
  return a < b
end

--- The keys of `t`: numbers ascending, then strings in byte order, then booleans.
---@param t table
---@return any[]
function M.keys(t)
  local keys, n = {}, 0
  for k in pairs(t) do
    if RANK[type(k)] then
      n = n + 1
      keys[n] = k
    end
  end
  table.sort(keys, before)
  return keys
end

--- Like `pairs`, in the order of `keys`.
---@param t table
---@return fun(): any, any
function M.pairs(t)
  local keys, i = M.keys(t), 0
  return function()
    i = i + 1
    local k = keys[i]
    if k ~= nil then
      return k, t[k]
    end
  end
end

--- The number of entries, whatever their keys.
---@param t table
---@return integer
function M.count(t)
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  return n
end

return M
