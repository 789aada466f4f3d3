local n = 0

local function next_id()
  n = n + 1
  return n
end

return { next_id = next_id }
