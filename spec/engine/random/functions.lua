--- The node functions of the random test. They do what their program says, which is
-- itself a value: P:i is injected. The oracle calls the same functions with an env of
-- its own.
--
-- N:i  runs program i      L:j  an injected number      W:j  a number of the world
--
-- A program is { steps = { { mode, refs = { { name, argument } ... }, when = { m, r } } ... },
-- range, err, warn }: each step asks for a group (when the sum so far mod m is r) and adds
-- what it gets to the sum; the value is the sum mod range, or an error when the sum mod
-- err is 0.
local sky = require "skylua"
local k = sky.key

local F = {}

local MOD = 1000003

local function number_of(v)
  return type(v) == "table" and v.v or v
end

local function add(sum, v)
  return (sum * 31 + number_of(v) + 7) % MOD
end

local function add_all(sum, values)
  for _, v in ipairs(values) do sum = add(sum, v) end
  return sum
end

local modes = {}

function modes.all(env, sum, keys)
  return add_all(sum, env:get_all(keys))
end

function modes.each(env, sum, keys)
  for _, key in ipairs(keys) do sum = add(sum, env:get(key)) end
  return sum
end

function modes.errors(env, sum, keys)
  for _, entry in ipairs(env:get_all_or_error(keys)) do
    sum = add(sum, entry.error and #entry.error.message or entry.value)
  end
  return sum
end

function modes.single(env, sum, keys)
  for _, key in ipairs(keys) do
    local v, err = env:get_or_error(key)
    sum = add(sum, err and #err.message or v)
  end
  return sum
end

function modes.wrap(env, sum, keys, i)
  for _, entry in ipairs(env:get_all_or_error(keys)) do
    if entry.error then error { message = ("wrap %d: %s"):format(i, entry.error.message) } end
    sum = add(sum, entry.value)
  end
  return sum
end

function modes.catch(env, sum, keys)
  local ok, values = pcall(env.get_all, env, keys)
  return ok and add_all(sum, values) or add(sum, 5)
end

--- nil: something is missing.
function modes.try(env, sum, keys)
  local values = env:try_all(keys)
  return not env:values_missing() and add_all(sum, values) or nil
end

function modes.fork(env, sum, keys)
  for at, key in ipairs(keys) do
    env:fork(function()
      local v = number_of(env:get(key))
      return v % 2 == 0 and v + number_of(env:get(keys[at % #keys + 1])) or v
    end)
  end
  return add_all(sum, env:join())
end

function modes.nested(env, sum, keys)
  for _, key in ipairs(keys) do
    env:fork(function()
      env:fork(function() return number_of(env:get_or_error(key) or 3) end)
      env:fork(function() return number_of(env:get(keys[1])) end)
      local both = env:join()
      return both[1] + both[2]
    end)
  end
  return add_all(sum, env:join())
end

local function run_step(env, sum, step, i)
  local when = step.when
  if when and sum % when[1] ~= when[2] then return sum end
  local keys = {}
  for n, ref in ipairs(step.refs) do keys[n] = k(ref[1], ref[2]) end
  return modes[step.mode](env, sum, keys, i)
end

F.N = { hermetic = false, compute = function(env, i)
  env:event { ran = i }
  local program = env:get(k("P", i))
  local sum = i
  for _, step in ipairs(program.steps) do
    sum = run_step(env, sum, step, i)
    if not sum then return nil end
  end
  if program.warn and sum % program.warn == 0 then env:warn(("node %d: %d"):format(i, sum % 5)) end
  if program.err and sum % program.err == 0 then
    error { message = ("err %d %d"):format(i, sum % 7), transient = sum % 2 == 0 }
  end
  local v = sum % program.range
  return v % 3 == 0 and { v = v } or v
end }

F.P = { hermetic = false, compute = function(_, i) error { message = "no program " .. i } end }

F.L = { hermetic = false, compute = function(env, j)
  env:event { leaf = "L" .. j }
  error { message = "no leaf " .. j }
end }

F.W = { hermetic = false, compute = function(env, j)
  env:event { leaf = "W" .. j }
  local v = os.getenv("SKYLUA_SPEC_" .. j)
  if v == "!" then error { message = "world " .. j, transient = true } end
  return tonumber(v)
end }

return F
