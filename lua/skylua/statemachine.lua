--- State machines: a node function as steps that are never run twice, over `env:try_all`.
--
-- A step is `function(tasks)` or a table with a method `step(self, tasks)`; it returns the
-- next step or DONE. Before the next step begins, everything is there that the last one
-- asked for with `tasks:lookup`, and the subtasks it began with `tasks:enqueue` are done.
-- A driver runs all steps that can be run, then asks for what they want as one batch,
-- which is one dependency group. Kept in `env:state()` it goes on where it stopped; when
-- that vanishes, a new one runs the same steps again over dependencies that are done.
--
--   F.TOTAL = function(env, name)
--     return sm.produce(env, function(tasks, out)
--       local order
--       tasks:lookup(sky.key("ORDER", name), function(value) order = value end)
--       return function()
--         out:set_value(order.price * order.count)
--         return sm.DONE
--       end
--     end)
--   end
local M = {}

--- What the last step returns.
local DONE = setmetatable({}, { __name = "DONE" })
M.DONE = DONE

---@alias Step (fun(tasks: Tasks): Step)|{ step: fun(self: table, tasks: Tasks): Step }

---@class Task
---@field step Step       what comes next
---@field open integer    look-ups and subtasks it waits for, and itself while it runs
---@field parent? Task
---@class Lookup
---@field key Key
---@field sink fun(value: any, err: table?)
---@field task Task
---@field accepts? fun(err: table): boolean  which errors the sink wants; nil: none
---@field error? table    one that the sink does not want

local function check_step(what, x)
  if type(x) == "function" or x == DONE or type(x) == "table" and type(x.step) == "function" then
    return x
  end
  error(("%s is a %s: wanted a function(tasks), a table with a step, or DONE"):format(what,
    type(x)), 0)
end

local function call(step, tasks, ...)
  if type(step) == "function" then return step(tasks, ...) end
  return step:step(tasks, ...)
end

--- The task's next step can run; without one, its parent has one thing less to wait for.
local function push(driver, task)
  while task.step == DONE do
    task = task.parent
    if not task then return end
    task.open = task.open - 1
    if task.open > 0 then return end
  end
  driver.ready[#driver.ready + 1] = task
end

local function settle(driver, task)
  task.open = task.open - 1
  if task.open == 0 then push(driver, task) end
end

local function run(driver, task)
  driver.task, task.open = task, 1
  repeat
    task.step = check_step("what a step returned", call(task.step, driver.tasks))
  until task.open > 1 or task.step == DONE
  driver.task = nil
  settle(driver, task)
end

local function run_ready(driver)
  local at, ready = 1, driver.ready
  while ready[at] do
    run(driver, ready[at])
    ready[at], at = false, at + 1
  end
  driver.ready = {}
end

--- Looks all of these up as one group; gives the sinks what is there.
local function ask(driver, env, lookups)
  local keys = {}
  for i, lookup in ipairs(lookups) do keys[i] = lookup.key end
  local values, errors = env:try_all(keys)
  for i, lookup in ipairs(lookups) do
    local value, err = values[i], errors[i]
    local accepted = err ~= nil and lookup.accepts ~= nil and lookup.accepts(err)
    if value ~= nil or accepted then
      driver.recovered = driver.recovered or accepted
      lookup.sink(value, err)
      settle(driver, lookup.task)
    else
      lookup.error = err
      driver.pending[#driver.pending + 1] = lookup
    end
  end
end

local function go_on(driver, env)
  local pending = driver.pending
  if #pending > 0 then
    driver.pending = {}
    ask(driver, env, pending)
    if #driver.pending > 0 then return false end
  end
  run_ready(driver)
  while #driver.wanted > 0 do
    local wanted = driver.wanted
    driver.wanted = {}
    ask(driver, env, wanted)
    run_ready(driver)
  end
  return #driver.pending == 0
end

--- What a step raises ends the machine for good: what comes behind it must not run. So
-- does a step that was left in the middle (restart mode does that).
local function advance(driver, env)
  if not driver.broken then
    driver.broken = { error = "a step of a state machine may not wait with env:get; it asks "
      .. "with tasks:lookup" }
    driver.recovered = false
    local ok, result = pcall(go_on, driver, env)
    driver.broken = not ok and { error = result } or nil
    if ok then return result end
  end
  error(driver.broken.error, 0)
end

--- When nothing is open but errors that no sink wants, the first of them fails the node.
-- The engine does that itself, but with the first error met: a sink may have taken that.
local function pass_error_on(driver)
  if not driver.recovered then return end
  for _, lookup in ipairs(driver.pending) do
    if lookup.error == nil then return end
  end
  error(driver.pending[1].error, 0)
end

---@class Tasks
---@field driver Driver
local Tasks = {}
Tasks.__index = Tasks

local function speaker(tasks)
  local driver = tasks.driver
  if not driver.task then error("tasks is used outside of a step", 3) end
  return driver, driver.task
end

local function add(tasks, lookup)
  local driver, task = speaker(tasks)
  if type(lookup.key) ~= "userdata" or type(lookup.sink) ~= "function" then
    error(("a look-up wants a key and a function that takes its value, not a %s and a %s"):format(
      type(lookup.key), type(lookup.sink)), 3)
  end
  lookup.task = task
  task.open = task.open + 1
  driver.wanted[#driver.wanted + 1] = lookup
end

--- Asks for a value; `sink` gets it before the next step begins. An error of the
-- dependency passes through the node: neither sink nor next step are called.
---@param key Key
---@param sink fun(value: any)
function Tasks:lookup(key, sink)
  add(self, { key = key, sink = sink })
end

--- Asks for a value or an error: `sink(value)` or `sink(nil, err)`, and the next step
-- begins in either case. What has to become of an error is to be done in the sink: while
-- an error passes up (not keep_going) other look-ups stay open and no further step runs.
---@param key Key
---@param sink fun(value: any, err: table?)
---@param codes? string[]  only errors with one of these codes; others pass through the node
function Tasks:lookup_or_error(key, sink, codes)
  local wanted = {}
  for _, code in ipairs(codes or {}) do wanted[code] = true end
  add(self, { key = key, sink = sink, accepts = function(err)
    return codes == nil or wanted[err.code] == true
  end })
end

--- Begins a machine beside others; the next step waits until it is done.
---@param machine Step
function Tasks:enqueue(machine)
  local driver, task = speaker(self)
  task.open = task.open + 1
  push(driver, { step = check_step("what is enqueued", machine), open = 0, parent = task })
end

---@class Driver
---@field tasks Tasks
---@field task? Task         whose step is running
---@field ready Task[]       first in, first out
---@field wanted Lookup[]    asked for, not looked up yet
---@field pending Lookup[]   looked up, not there yet
---@field recovered boolean  a sink has taken an error in this call
---@field broken? { error: any }  why it cannot go on
local Driver = {}
Driver.__index = Driver
M.Driver = Driver

--- A driver at the beginning of a machine.
---@param machine Step
---@return Driver
function Driver.new(machine)
  local self = setmetatable({ ready = {}, wanted = {}, pending = {}, recovered = false }, Driver)
  self.tasks = setmetatable({ driver = self }, Tasks)
  push(self, { step = check_step("the machine", machine), open = 0 })
  return self
end

--- Drives as far as possible; false: something is not there yet, and the node function has
-- to return nil (it is called again).
---@param env any
---@return boolean done
function Driver:drive(env)
  local done = advance(self, env)
  if not done then pass_error_on(self) end
  return done
end

---@class Producer
---@field driver Driver
---@field value any
---@field error? { error: any }
local Producer = {}
Producer.__index = Producer
M.Producer = Producer

--- A machine that produces one value or one error; its first step gets the producer behind
-- `tasks`, to call set_value or set_error.
---@param machine (fun(tasks: Tasks, out: Producer): Step)|table
---@return Producer
function Producer.new(machine)
  local self = setmetatable({}, Producer)
  check_step("the machine", machine)
  self.driver = Driver.new(function(tasks) return call(machine, tasks, self) end)
  return self
end

---@param value any  plain data, not nil
function Producer:set_value(value)
  self.value = value
end

--- The first error counts, and wins over any value.
---@param err any  a message, or a table with one
function Producer:set_error(err)
  if err == nil then error("set_error wants an error", 2) end
  self.error = self.error or { error = err }
end

--- The value; nil when something is not there yet. An error that is set is raised, even
-- when the machine is not done: while an error passes up it never will be.
---@param env any
---@return any
function Producer:try_produce_value(env)
  local done = not self.error and advance(self.driver, env)
  if self.error then error(self.error.error, 0) end
  if not done then
    pass_error_on(self.driver)
    return nil
  end
  if self.value == nil then error("the machine has ended without set_value or set_error", 0) end
  return self.value
end

--- A whole node function: produces its value with a machine that is kept in `env:state()`.
---@param env any
---@param machine (fun(tasks: Tasks, out: Producer): Step)|table
---@return any value  nil: not yet
function M.produce(env, machine)
  local state = env:state()
  local producer = state["skylua.statemachine"] or Producer.new(machine)
  state["skylua.statemachine"] = producer
  return producer:try_produce_value(env)
end

--- The machine, and `after` as the step that follows its last one.
---@param machine Step
---@param after Step
---@return Step
function M.run_after(machine, after)
  check_step("what run_after goes on with", after)
  if check_step("the machine", machine) == DONE then return after end
  return function(tasks)
    return M.run_after(check_step("what a step returned", call(machine, tasks)), after)
  end
end

return M
