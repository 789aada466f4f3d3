--- `skylua build`.
local core = require "core"
local outcome = require "cli.outcome"
local select = require "cli.select"
local session_of = require "cli.session"

local M = {
  usage = "build [targets]",
  summary = "build targets; default: this directory and below",
  examples = { "skylua build", "skylua build //app:hello", "skylua build //... -//old/...",
    "skylua build src/main.c", "skylua build -c release -D colour=red" },
  workspace = true,
}

--- Builds the targets of a selection.
---@param session Session
---@param selection Selection
---@return Outcome
---@return table result  of the engine
function M.targets(session, selection)
  local keys = {}
  for i, label in ipairs(selection.labels) do keys[i] = session:key("COMPLETION", label) end
  local result = session:evaluate(keys)
  local done = outcome.of(result, selection.labels, function(label)
    return session:key("COMPLETION", label)
  end)
  table.move(done.failures, 1, #done.failures, #selection.failures + 1, selection.failures)
  done.failures = selection.failures
  return done, result
end

--- "built 3 targets (14 actions, 212 up to date) in 1.42s", and where a single one is.
---@param session Session
---@param count integer      targets
---@param outputs string[]   of the only one
local function report_success(session, count, outputs)
  if session.options.quiet then return end
  local text = ("built %s %s\n"):format(outcome.count(count, "target"), outcome.work(session))
  if count == 1 then
    for i, path in ipairs(outputs) do
      if i <= 5 then text = text .. "  " .. tostring(path) .. "\n" end
    end
    if #outputs > 5 then text = ("%s  and %d more\n"):format(text, #outputs - 5) end
  end
  session:say(text)
end

--- The one key that stands for all; nil when a word is a path, which the disk must explain.
---@param session Session
---@param patterns Pattern[]
---@return Key?
local function key_of_all(session, patterns)
  local list = {}
  for i, pattern in ipairs(patterns) do
    if pattern.kind == "path" then return nil end
    list[i] = { pattern.kind, pattern.text, pattern.negative }
  end
  return core.key("BUILD", { session.config, list })
end

--- The target that a build failed at; nil when it failed before it came to targets.
---@param err Error
---@return string? label
local function culprit(err)
  for _, key in ipairs(err.path or {}) do
    if key.name == "COMPLETION" then return key.argument[1] end
  end
end

--- What became of each target when the build of all ended at an error.
---@param session Session
---@param words string[]
---@param err? Error
---@return Outcome?
---@return UsageError?
local function sort_out(session, words, err)
  local selection, wrong = select.targets(session, words)
  if not selection then return nil, wrong end
  if #selection.failures > 0 then
    return { failures = selection.failures, built = {}, not_tried = selection.labels }
  end
  local keys = {}
  for i, label in ipairs(selection.labels) do keys[i] = session:key("COMPLETION", label) end
  local done = outcome.of(session.engine:known(keys), selection.labels, function(label)
    return session:key("COMPLETION", label)
  end)
  local label = err and culprit(err)
  if label and #done.failures == 0 then
    for i, other in ipairs(done.not_tried) do
      if other == label then table.remove(done.not_tried, i) break end
    end
    done.failures[1] = { label = label, error = err, wrong_use = outcome.is_wrong_use(err, label) }
  end
  return done
end

--- Builds each target by itself; without --keep-going, words that stand for nothing stop
--- it before it begins.
---@param session Session
---@param words string[]
---@return Outcome?
---@return UsageError|table?  the error, or the engine's result
function M.words(session, words)
  local selection, err = select.targets(session, words)
  if not selection then return nil, err end
  if #selection.failures > 0 and not session.options.keep_going then
    return { failures = selection.failures, built = {}, not_tried = selection.labels }
  end
  return M.targets(session, selection)
end

--- The same, but asked for as one; which target is which matters only when it fails.
---@param session Session
---@param words string[]
---@return Outcome?
---@return UsageError|table?
local function at_once(session, words)
  local patterns, wrong = select.read(words, session.place)
  if not patterns then return nil, wrong end
  local all = key_of_all(session, patterns)
  if not all then return M.words(session, words) end
  local result = session:evaluate({ all })
  local value, err = result:value(all), result:error(all)
  if value then
    return { failures = {}, built = {}, not_tried = {}, count = value.count,
      outputs = value.outputs }
  end
  if session.signal or (err and culprit(err) and not session.options.keep_going) then
    return sort_out(session, words, err)
  end
  return M.words(session, words)
end

--- Says how it ended.
---@param session Session
---@param done Outcome
---@param result? table
---@return integer exit
function M.conclude(session, done, result)
  session:quieten()
  outcome.show(session, done.failures)
  if session.signal then
    session:say("interrupted; what was finished is kept\n")
  elseif #done.failures > 0 then
    outcome.summarize_failure(session, done)
  elseif done.count then
    report_success(session, done.count, done.outputs)
  else
    local only = #done.built == 1 and session:key("COMPLETION", done.built[1])
    report_success(session, #done.built, only and result:value(only) or {})
  end
  return outcome.exit_code(done.failures)
end

--- Says what would run for these words.
---@param session Session
---@param words string[]
---@return integer? exit
---@return UsageError?
function M.dry_run(session, words)
  local selection, err = select.targets(session, words)
  if not selection then return nil, err end
  return require("cli.dry_run").conclude(session, selection.failures, selection.labels,
    function(label) return session:key("COMPLETION", label) end)
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
    if options.dry_run then return M.dry_run(session, options.targets) end
    local done, result = at_once(session, options.targets)
    if not done then return nil, result end
    return M.conclude(session, done, result)
  end)
end

return M
