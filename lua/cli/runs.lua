--- `skylua test --runs=N`: each test runs N times, whatever is known of it, to find those
--- that pass only sometimes.
local Events = require "ui.events"
local core = require "core"
local outcome = require "cli.outcome"
local path_of = require "util.path"

local M = {}

--- The keys of the actions that run these tests; tests that cannot be built have none.
---@param session Session
---@param tests string[]
---@return table<string, any>
local function action_keys(session, tests)
  local targets, keys = {}, {}
  for i, label in ipairs(tests) do targets[i] = session:key("CONFIGURED_TARGET", label) end
  local result = session:evaluate(targets, true)
  for i, label in ipairs(tests) do
    local target = result:value(targets[i])
    if target and target.test then
      keys[label] = core.key("ACTION", { label, target.config, target.test })
    end
  end
  return keys
end

---@class Runs
---@field label string
---@field passed integer
---@field failed integer
---@field wall number      seconds, of all
---@field status? string   of the first that did not pass
---@field log? string      of the same

--- The log of a run that did not pass is kept beside that of the last one.
---@param session Session
---@param log string
---@param number integer
---@return string
local function keep_log(session, log, number)
  local kept = log:gsub("%.log$", "") .. (".run%d.log"):format(number)
  local from = io.open(path_of.join(session.place.root, log), "rb")
  local to = from and io.open(path_of.join(session.place.root, kept), "wb")
  if to then
    to:write((from:read "a"))
    to:close()
  end
  if from then from:close() end
  return to and kept or log
end

---@param session Session
---@param runs Runs
---@param value table  of TEST
---@param number integer
local function add(session, runs, value, number)
  local log = value.log
  runs.wall = runs.wall + (value.wall or 0)
  if value.status == "passed" then
    runs.passed = runs.passed + 1
  else
    runs.failed = runs.failed + 1
    log = keep_log(session, log, number)
    runs.status, runs.log = runs.status or value.status, runs.log or log
  end
  session.events:write {
    event = "test", label = runs.label, status = value.status, cached = false, run = number,
    wall = Events.seconds(value.wall or 0), log = log,
  }
end

--- Runs the tests N times; those of one round at the same time.
---@param session Session
---@param tests string[]
---@param result table  of the first round
---@return Runs[]
function M.all(session, tests, result)
  local keys, list = action_keys(session, tests), {}
  for i, label in ipairs(tests) do
    list[i] = { label = label, passed = 0, failed = 0, wall = 0 }
  end
  for number = 1, session.options.runs do
    if number > 1 then
      local again = {}
      for _, label in ipairs(tests) do
        if keys[label] then session.engine:delete { keys[label] } end
        again[#again + 1] = session:key("TEST", label)
      end
      result = session:evaluate(again)
    end
    if session.signal then break end
    for _, runs in ipairs(list) do
      local value = result:value(session:key("TEST", runs.label))
      if value then add(session, runs, value, number) end
    end
  end
  return list
end

--- "PASS", "FLAKY", "FAIL" or "TIMEOUT", and how many of the runs passed.
---@param session Session
---@param runs Runs
---@return string
function M.line(session, runs)
  local total = runs.passed + runs.failed
  local word = runs.failed == 0 and session.paint("green", "PASS")
    or runs.passed > 0 and session.paint("red", "FLAKY")
    or session.paint("red", runs.status == "timeout" and "TIMEOUT" or "FAIL")
  return ("%s %s  %d of %s passed, %.2fs each\n"):format(word, runs.label, runs.passed,
    outcome.count(total, "run"), runs.wall / total)
end

return M
