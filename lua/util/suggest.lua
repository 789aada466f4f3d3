--- "did you mean": the closest of the known names.
local M = {}

local function row(n)
  local r = {}
  for j = 0, n do
    r[j] = j
  end
  return r
end

--- Damerau-Levenshtein distance (neighbours swapped count once), given up above `limit`.
---@param a string
---@param b string
---@param limit integer
---@return integer distance  limit + 1 when it is larger
function M.distance(a, b, limit)
  local la, lb = #a, #b
  if math.abs(la - lb) > limit then
    return limit + 1
  end
  local two, one, cur = row(lb), row(lb), row(lb)
  for i = 1, la do
    cur[0] = i
    local best = i
    for j = 1, lb do
      local same = a:byte(i) == b:byte(j)
      local d = math.min(one[j] + 1, cur[j - 1] + 1, one[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, two[j - 2] + 1)
      end
      cur[j] = d
      best = math.min(best, d)
    end
    if best > limit then
      return limit + 1
    end
    two, one, cur = one, cur, two
  end
  return math.min(one[lb], limit + 1)
end

local function score(name, candidate)
  local a, b = name:lower(), candidate:lower()
  if a == b then
    return 0
  end
  local limit = math.max(1, #a // 3)
  local d = M.distance(a, b, limit)
  if #a >= 2 and (b:sub(1, #a) == a or (#b >= 2 and a:sub(1, #b) == b)) then
    d = math.min(d, limit) * 0.5
  end
  if d <= limit then
    return d
  end
end

-- Of two that are as close: the shorter one, when both begin with the name.
local function comes_before(name, a, b)
  local n = #name
  if #a ~= #b and a:sub(1, n) == name and b:sub(1, n) == name then
    return #a < #b
  end
  return a < b
end

--- The best match for `name`, prefix matches first; nil when nothing is close.
---@param name string
---@param candidates string[]
---@return string?
---@nodiscard
function M.best(name, candidates)
  local best, best_score
  for i = 1, #candidates do
    local c = candidates[i]
    local s = score(name, c)
    if s and (not best or s < best_score or (s == best_score and comes_before(name, c, best))) then
      best, best_score = c, s
    end
  end
  return best
end

--- "did you mean 'x'?" or nil.
---@param name string
---@param candidates string[]
---@return string?
---@nodiscard
function M.hint(name, candidates)
  local best = M.best(name, candidates)
  return best and ("did you mean '%s'?"):format(best) or nil
end

return M
