local M = {}

--- The words of a text.
function M.split(text)
  local out = {}
  for word in text:gmatch("%S+") do out[#out + 1] = word end
  return out
end

return M
