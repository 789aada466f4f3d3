--- Big graphs, with the C stack of the process as small as the caller has made it.
--   skylua lua spec/engine/big.lua WHAT SIZE [EVALUATORS]
-- WHAT: chain, wide, fan, cycle, above. Prints what it did and how long it took.
local sky = require "skylua"
local k = sky.key

local FUNCTIONS = [[
local sky = require "skylua"
local k, F = sky.key, {}
F.LEAF = { hermetic = false, compute = function(_, i) return i end }
F.CHAIN = function(env, n)
  if n == 0 then return env:get(k("LEAF", 0)) end
  return env:get(k("CHAIN", n - 1)) + 1
end
F.WIDE = function(env, n)
  local keys = {}
  for i = 1, n do keys[i] = k("LEAF", i) end
  local sum = 0
  for _, v in ipairs(env:get_all(keys)) do sum = sum + v end
  return sum
end
F.UP = function(env, i) return env:get(k("LEAF", 0)) + i end
F.FAN = function(env, n)
  local keys = {}
  for i = 1, n do keys[i] = k("UP", i) end
  local sum = 0
  for _, v in ipairs(env:get_all(keys)) do sum = sum + v end
  return sum
end
F.RING = function(env, at)
  return env:get(k("RING", { at[1] % at[2] + 1, at[2] }))
end
F.ABOVE = function(env, at)
  if at[1] == 0 then return env:get(k("RING", { 1, 3 })) end
  return env:get(k("ABOVE", { at[1] - 1 }))
end
return F
]]

local what, size, evaluators = arg[1], tonumber(arg[2]), tonumber(arg[3] or 0)
local path = os.tmpname()
local f = assert(io.open(path, "wb"))
f:write(FUNCTIONS)
f:close()
local engine = sky.engine { functions = path, evaluators = evaluators }
os.remove(path)

local function expect(ok, what_was)
  if not ok then error("wrong: " .. what_was, 2) end
end

local function timed(name, roots, options)
  local r = engine:evaluate(roots, options)
  print(("%s %s: %.3f s, %d bodies, %d checked"):format(what, name, r.stats.wall_ns / 1e9,
    r.stats.evaluated, r.stats.checked))
  return r
end

--- Fresh, unchanged, the leaf unchanged, the leaf changed, deleted.
local function values(top, leaf, was, want, want_changed)
  local r = timed("fresh", { top })
  expect(r:value(top) == want, tostring(r:value(top)))
  expect(timed("again", { top }).stats.evaluated == 0, "it ran again")
  engine:invalidate { leaf }
  expect(timed("leaf unchanged", { top }).stats.evaluated == 1, "more than the leaf ran")
  engine:inject(leaf, 5)
  r = timed("leaf changed", { top })
  expect(r:value(top) == want_changed, tostring(r:value(top)))
  engine:inject(leaf, was)
  expect(timed("leaf changed back", { top }).stats.evaluated == 0, "it was not remembered")
  engine:delete { leaf }
  expect(engine:node(top) == nil, "it was not deleted")
end

local RUN = {}

function RUN.chain() values(k("CHAIN", size), k("LEAF", 0), 0, size, size + 5) end

function RUN.wide()
  local sum = size * (size + 1) // 2
  values(k("WIDE", size), k("LEAF", size), size, sum, sum - size + 5)
end

function RUN.fan()
  local sum = size * (size + 1) // 2
  values(k("FAN", size), k("LEAF", 0), 0, sum, sum + 5 * size)
end

function RUN.cycle()
  local root = k("RING", { 1, size })
  for _, keep_going in ipairs { true, false } do
    local r = timed(keep_going and "keeping going" or "failing fast", { root },
      { keep_going = keep_going })
    local err = r:error(root)
    expect(err.code == "E0110" and #err.cycle == size and #err.path == 0, err.message)
    for i = 1, size do
      expect(err.cycle[i] == k("RING", { i, size }), "member " .. i)
    end
    local middle = k("RING", { size // 2, size })
    expect(timed("from its middle", { middle }):error(middle).cycle[1] == middle, "its beginning")
    engine:delete { root }
  end
end

function RUN.above()
  local root = k("ABOVE", { size })
  for _, keep_going in ipairs { true, false } do
    local r = timed(keep_going and "keeping going" or "failing fast", { root },
      { keep_going = keep_going })
    local err = r:error(root)
    expect(#err.cycle == 3 and #err.path == size + 1, err.message)
    engine:delete { k("RING", { 1, 3 }) }
  end
end

RUN[what]()
engine:close()
