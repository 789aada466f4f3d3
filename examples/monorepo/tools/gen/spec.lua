--- Reads lines such as "hello 1".
local M = {}

function M.parse(text)
  local out = {}
  for name, number in text:gmatch("(%w+) (%d+)") do
    out[#out + 1] = { name = name, number = tonumber(number) }
  end
  return out
end

return M
