--- Runs every example twice, as a machine in restart mode and with coroutines, each in an
-- engine of its own, and prints the values and how often the function was entered.
--   skylua lua demo.lua
local sky = require "skylua"

local HERE = arg[0]:match("^(.*/)[^/]*$") or "./"

local EXAMPLES = {
  { "HELLO_WORLD" }, { "TWO_STEPS" }, { "PARALLEL_CHAINS" }, { "SUBTASKS" }, { "ASB" }, { "XSY" },
  { "DELEGATION" }, { "NO_DELEGATION" }, { "VALUE_OR_ERROR" }, { "VALUE_OR_ERROR", "broken" },
}

--- The value or the error, and the statistics of evaluating `key` in a new engine.
---@param functions string
---@param mode string
---@param key Key
---@return string
---@return Stats
local function run(functions, mode, key)
  local engine <close> = sky.engine { functions = HERE .. functions, evaluators = 0, mode = mode }
  local result = engine:evaluate { key }
  local err = result:error(key)
  return err and "error: " .. err.message or tostring(result:value(key)), result.stats
end

print(("%-16s %-34s %-9s %s"):format("", "", "machine", "coroutine"))
for _, example in ipairs(EXAMPLES) do
  local key = sky.key(example[1], example[2] or "")
  local value, machine = run("machines.lua", "restart", key)
  local same, coroutine = run("coroutines.lua", "coroutine", key)
  assert(value == same, ("%s: '%s' and '%s'"):format(key, value, same))
  print(("%-16s %-34s %d %-7s %d %s"):format(example[1], value, machine.restarted,
    machine.restarted == 1 and "restart" or "restarts", coroutine.resumed,
    coroutine.resumed == 1 and "resume" or "resumes"))
end
