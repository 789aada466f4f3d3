--- The examples of machines.lua with coroutines: `env:get` waits, `env:fork` runs beside.
local sky = require "skylua"

local word, broken = sky.fn "WORD", sky.fn "BROKEN"

local F = {}

-- What is looked up: "a1" gives "A1"; BROKEN gives an error.
F.WORD = function(_, name) return name:upper() end
F.BROKEN = function(env, name) env:fail { message = ("there is no %s"):format(name) } end

F.HELLO_WORLD = function()
  local text = "hello"
  return text .. " world"
end

F.TWO_STEPS = function(env)
  local first = env:get(word "a1")
  return env:get(word("after " .. first))
end

local function chain(env, names)
  local values = {}
  for i, name in ipairs(names) do values[i] = env:get(word(name)) end
  return table.concat(values, " ")
end

F.PARALLEL_CHAINS = function(env)
  env:fork(chain, env, { "a1", "a2", "a3" })
  env:fork(chain, env, { "b1", "b2", "b3" })
  return table.concat(env:join(), " | ")
end

F.SUBTASKS = function(env)
  local sum = 0
  local function adds(n) sum = sum + n end
  env:fork(adds, 1)
  env:fork(adds, 2)
  env:join()
  return sum
end

local function shared(env) return env:get(word "s") end

F.ASB = function(env) return ("A %s B"):format(shared(env)) end
F.XSY = function(env) return ("X %s Y"):format(shared(env)) end

F.DELEGATION = function(env)
  return table.concat(env:get_all { word "k1", word "k2" }, " ")
end

F.NO_DELEGATION = function(env)
  local first = env:get(word "k1")
  return first .. " " .. env:get(word "k2")
end

F.VALUE_OR_ERROR = function(env, which)
  local found, err = env:get_or_error(which == "broken" and broken "bar" or word "bar")
  if err then env:fail { message = "no bar today: " .. err.message } end
  return "the " .. found
end

return F
