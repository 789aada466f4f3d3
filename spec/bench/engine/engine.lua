-- engine.lua: the grid in the engine, with Lua functions.
--   skylua lua engine.lua EVALUATORS -> lines "phase seconds evaluated value rss-bytes"
local sky = require "skylua"
local uv = require "luv"

local N = math.tointeger(os.getenv "GRID")
local goal = sky.key("V", N * N - 1)
local engine = sky.engine { functions = "grid.lua", evaluators = math.tointeger(arg[1]) }
local before = uv.resident_set_memory()

local function phase(name)
  local t = uv.hrtime()
  local r = engine:evaluate { goal }
  t = (uv.hrtime() - t) / 1e9
  print(("%s %.6f %d %d %d"):format(name, t, r.stats.evaluated, r:value(goal),
    uv.resident_set_memory() - before))
end

phase "fresh"
engine:inject(sky.key("LEAF", N - 1), 100)
phase "corner"
engine:inject(sky.key("LEAF", N // 2), 100)
phase "middle"
phase "unchanged"
engine:close()
