--- Random numbers that are the same on every machine, one stream per seed.
local M = {}

---@class Rng
---@field state integer
local Rng = {}
Rng.__index = Rng

---@param seed integer
---@return Rng
function M.new(seed)
  local self = setmetatable({ state = (seed * 0x9E3779B97F4A7C15) ~ 0x2545F4914F6CDD1D }, Rng)
  if self.state == 0 then self.state = 1 end
  for _ = 1, 4 do self:bits() end
  return self
end

---@return integer  63 random bits
function Rng:bits()
  local x = self.state
  x = x ~ (x << 13)
  x = x ~ (x >> 7)
  x = x ~ (x << 17)
  self.state = x
  return (x * 0x2545F4914F6CDD1D) >> 1
end

---@param n integer
---@return integer  1..n
function Rng:int(n)
  return (self:bits() >> 8) % n + 1
end

---@param list any[]
---@return any
function Rng:pick(list)
  return list[self:int(#list)]
end

---@param one_in integer
---@return boolean
function Rng:chance(one_in)
  return self:int(one_in) == 1
end

return M
