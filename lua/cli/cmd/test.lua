--- `skylua test`: builds the targets, runs those that are tests.
local Events = require "ui.events"
local build = require "cli.cmd.build"
local core = require "core"
local outcome = require "cli.outcome"
local path_of = require "util.path"
local runs = require "cli.runs"
local select = require "cli.select"
local session_of = require "cli.session"

local M = {
  usage = "test [targets]",
  summary = "build and run tests; a result is kept while nothing changed",
  details = "The log of a failing test is shown. Exit code 3: a test failed; 4: there are none.\n",
  examples = { "skylua test //...", "skylua test //app:hello_test",
    "skylua test --runs=100 //app:hello_test" },
  workspace = true,
}

local LOG_LINES = 50

--- The last lines of a log.
---@param path string
---@return string
local function tail(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  local lines = {}
  for line in text:gmatch("([^\n]*)\n?") do lines[#lines + 1] = line end
  if lines[#lines] == "" then lines[#lines] = nil end
  local first = math.max(1, #lines - LOG_LINES + 1)
  local cut = first > 1 and ("  [%d lines before]\n"):format(first - 1) or ""
  return cut .. table.concat(lines, "\n", first) .. (#lines > 0 and "\n" or "")
end

--- What kind of targets these are.
---@param session Session
---@param labels string[]
---@return table<string, table> records  by label; those that are in error are missing
local function records(session, labels)
  local keys = {}
  for i, label in ipairs(labels) do keys[i] = core.key("TARGET", { label }) end
  local result, by_label = session:evaluate(keys, true), {}
  for i, label in ipairs(labels) do by_label[label] = result:value(keys[i]) end
  return by_label
end

--- The tests of a test_suite stand for it.
---@param session Session
---@param labels string[]
---@return string[] tests
---@return string[] others  built only
local function split(session, labels)
  local tests, others, seen = {}, {}, {}
  while #labels > 0 do
    local by_label, more = records(session, labels), {}
    for _, label in ipairs(labels) do
      local record = by_label[label]
      if not seen[label] then
        seen[label] = true
        table.insert(record and record.test and tests or others, label)
        for _, member in ipairs(record and record.suite or {}) do
          more[#more + 1] = tostring(member)
        end
      end
    end
    labels = more
  end
  return tests, others
end

--- The end of a log and where it is.
---@param session Session
---@param log string
---@return string
local function shown_log(session, log)
  return ("%s  log: %s\n"):format(tail(path_of.join(session.place.root, log)), log)
end

---@param session Session
---@param label string
---@param value table  of TEST
local function report_test(session, label, value)
  local cached = not session.ran[label]
  session.events:write {
    event = "test", label = label, status = value.status, cached = cached,
    wall = Events.seconds(value.wall or 0), log = value.log,
  }
  local passed = value.status == "passed"
  if passed and session.options.quiet then return end
  local word = passed and session.paint("green", "PASS")
    or session.paint("red", value.status == "timeout" and "TIMEOUT" or "FAIL")
  local note = cached and "(cached)" or ("%.2fs"):format(value.wall or 0)
  local text = ("%s %s  %s\n"):format(word, label, note)
  if not passed and value.log then
    text = text .. shown_log(session, value.log)
  end
  session:say(text)
end

---@class TestSum
---@field passed integer
---@field failed integer

---@param session Session
---@param tests string[]
---@param result table
---@return TestSum
local function report_tests(session, tests, result)
  local sum = { passed = 0, failed = 0 }
  for _, label in ipairs(tests) do
    local value = result:value(session:key("TEST", label))
    if value then
      report_test(session, label, value)
      local field = value.status == "passed" and "passed" or "failed"
      sum[field] = sum[field] + 1
    end
  end
  return sum
end

--- The same with --runs: a test passes when all its runs do.
---@param session Session
---@param tests string[]
---@param result table
---@return TestSum
local function report_runs(session, tests, result)
  local sum = { passed = 0, failed = 0 }
  for _, r in ipairs(runs.all(session, tests, result)) do
    if r.passed + r.failed > 0 then
      local good = r.failed == 0
      local field = good and "passed" or "failed"
      sum[field] = sum[field] + 1
      if not good or not session.options.quiet then
        session:say(runs.line(session, r) .. (r.log and shown_log(session, r.log) or ""))
      end
    end
  end
  return sum
end

---@param session Session
---@param sum TestSum
---@param done Outcome
local function report_sum(session, sum, done)
  session:say(("%s passed, %d failed%s %s\n"):format(outcome.count(sum.passed, "test"), sum.failed,
    #done.failures > 0 and (", %d not built"):format(#done.failures) or "", outcome.work(session)))
end

--- Says which builds and tests would run.
---@param session Session
---@param selection Selection
---@return integer exit
local function dry_run(session, selection)
  local tests, others = split(session, selection.labels)
  local is_test, all = {}, {}
  for _, label in ipairs(tests) do is_test[label] = true end
  table.move(tests, 1, #tests, 1, all)
  table.move(others, 1, #others, #all + 1, all)
  return require("cli.dry_run").conclude(session, selection.failures, all, function(label)
    return session:key(is_test[label] and "TEST" or "COMPLETION", label)
  end)
end

---@param session Session
---@param selection Selection
---@return integer exit
local function run_tests(session, selection)
  local tests, others = split(session, selection.labels)
  local keys, all, key_of = {}, {}, {}
  local function want(fn, label)
    local key = session:key(fn, label)
    keys[#keys + 1], all[#all + 1], key_of[label] = key, label, key
  end
  for _, label in ipairs(tests) do want("TEST", label) end
  for _, label in ipairs(others) do want("COMPLETION", label) end
  local result = session:evaluate(keys)
  local done = outcome.of(result, all, function(label) return key_of[label] end)
  table.move(selection.failures, 1, #selection.failures, #done.failures + 1, done.failures)
  if not session.options.runs then session:quieten() end
  local report = session.options.runs and report_runs or report_tests
  local sum = report(session, tests, result)
  session:quieten()
  if session.signal or #done.failures > 0 then
    local exit = build.conclude(session, done, result)
    if sum.passed + sum.failed > 0 then report_sum(session, sum, done) end
    return exit
  end
  if #tests == 0 then
    session:say("no tests found\n")
    return outcome.NO_TESTS
  end
  report_sum(session, sum, done)
  return sum.failed > 0 and outcome.TESTS_FAILED or 0
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local session, err = session_of.open(options, place)
  if not session then return nil, err end
  return session:guard(function()
    table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
    local selection, why = select.targets(session, options.targets)
    if not selection then return nil, why end
    if options.dry_run then return dry_run(session, selection) end
    if #selection.failures > 0 and not options.keep_going then
      return build.conclude(session,
        { failures = selection.failures, built = {}, not_tried = selection.labels })
    end
    return run_tests(session, selection)
  end)
end

return M
