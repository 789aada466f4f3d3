-- grid.lua: the node functions of the grid, in Lua.
local sky = require "skylua"

local N = math.tointeger(os.getenv "GRID")
local MOD = 1000000007
local V, LEAF = sky.fn "V", sky.fn "LEAF"

return {
  V = function(env, a)
    local i, j = a // N, a % N
    if i == 0 or j == 0 then return env:get(LEAF(a)) end
    local v = env:get_all { V(a - N), V(a - 1), V(a - N - 1) }
    return (v[1] + v[2] + v[3]) % MOD
  end,

  LEAF = { hermetic = false, compute = function(_, a) return 1 + a % 7 end },
}
