--- The Skyframe demo: evaluates keys on one thread, first in first out, and prints each step.
--   skylua lua demo.lua [--trace] [SCENARIO...]
-- Without a scenario: the demo itself. A to G are others; README.md says what they show.
local sky = require "skylua"

local HERE = arg[0]:match("^(.*/)[^/]*$") or "./"
local show = dofile(HERE .. "show.lua")

local BAR = ("="):rep(60)
local artifact, file, c = sky.fn "ARTIFACT", sky.fn "FILE", sky.fn "C"
local nested_set = sky.fn "ARTIFACT_NESTED_SET"

local names, loud = {}, false
for _, word in ipairs(arg) do
  if word == "--trace" then loud = true else names[#names + 1] = word end
end

---@param functions string  a file beside this one
---@return Engine
---@return Watch
local function new(functions)
  local watch = show.watch(loud)
  return sky.engine {
    functions = HERE .. functions, evaluators = 0, mode = "restart",
    trace = function(event) watch:see(event) end,
  }, watch
end

--- Evaluates one key; the steps are counted from 1 each time.
---@return table? value
---@return table? err
local function evaluate(engine, watch, key)
  watch.step = 0
  local result = engine:evaluate { key }
  return result:value(key), result:error(key)
end

--- The value that came back, or why there is none.
local function report(value, err)
  if value then
    print("returned: " .. show.value(value))
    return
  end
  print(("error[%s]: %s"):format(err.code, err.message))
  if err.cycle then print(("  cycle: %s"):format(show.keys(err.cycle))) end
end

local function demo()
  print(("%s\nEvaluating ArtifactNestedSetKey(2)\n%s"):format(BAR, BAR))
  local engine, watch = new "functions.lua"
  local value = evaluate(engine, watch, nested_set(2))
  print(("\n%s\nFinal result: %s"):format(BAR, show.value(value)))
  for _, a in ipairs(value.artifacts) do
    print(("  %s -> %s"):format(show.value(a), a.content))
  end
  print(BAR .. "\n\nGraph contents:")
  for _, key in ipairs(engine:keys()) do
    local node = engine:node(key)
    local rdeps = #node.rdeps > 0 and show.keys(node.rdeps) or "(none)"
    print(("  %s: value=%s, reverse_deps=[%s]"):format(key, show.value(node.value), rdeps))
  end
end

local SCENARIOS = {}

function SCENARIOS.A()
  print "### A: same evaluator, evaluate ARTIFACT:hello.py, then the same key again"
  local engine, watch = new "functions.lua"
  evaluate(engine, watch, artifact "hello.py")
  print "--- second evaluate"
  report(evaluate(engine, watch, artifact "hello.py"))
  print(("in_flight: {%s}"):format(show.keys(watch.open)))
end

function SCENARIOS.B()
  print "### B: same evaluator, then a second root that shares a done dep (FILE:/workspace/)"
  local engine, watch = new "functions.lua"
  evaluate(engine, watch, artifact "hello.py")
  print "--- second evaluate"
  evaluate(engine, watch, artifact "lib.py")
  -- who has waited: the graph itself knows both files, and both dependencies
  local directory, lib = file "/workspace/", file "/workspace/lib.py"
  print(("%s reverse_deps: {%s}"):format(directory, show.keys(watch.waited_by[directory])))
  print(("%s direct_deps: [%s]"):format(lib, show.keys(watch.waits[lib])))
end

function SCENARIOS.C()
  print "### C: same dep requested twice in one compute (NESTED_SET with the same path twice)"
  local engine, watch = new "functions.lua"
  report(evaluate(engine, watch, nested_set(9)))
end

function SCENARIOS.D()
  print "### D: self-cycle (compute asks for its own key)"
  local engine, watch = new "cycle_one.lua"
  report(evaluate(engine, watch, c "a"))
end

function SCENARIOS.E()
  print "### E: two-node cycle a->b->a, then evaluated again on the same evaluator"
  local engine, watch = new "cycle_two.lua"
  report(evaluate(engine, watch, c "a"))
  print "--- second evaluate"
  report(evaluate(engine, watch, c "a"))
end

function SCENARIOS.F()
  print "### F: value returned although a dep is missing"
  local engine, watch = new "early.lua"
  report(evaluate(engine, watch, c "root"))
end

function SCENARIOS.G()
  print("### G: diamond with discovery in two passes: t asks x, then y only when x is done; "
    .. "y asks x too (already done, no edge recorded)")
  local engine, watch = new "passes.lua"
  report(evaluate(engine, watch, c "t"))
  for _, key in ipairs(engine:keys()) do
    print(("  %s: direct_deps=[%s] reverse_deps=[%s] waiting_on=%d state=%s"):format(key,
      show.keys(watch.waits[key] or {}), show.keys(watch.waited_by[key] or {}),
      watch.remaining[key] or 0, engine:node(key).state:upper()))
  end
end

for _, name in ipairs(names) do
  if not SCENARIOS[name] then
    io.stderr:write(("demo: there is no scenario '%s': A to G, or none\n"):format(name))
    return 2
  end
end
if #names == 0 then demo() end
for _, name in ipairs(names) do SCENARIOS[name]() end
