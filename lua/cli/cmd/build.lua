--- `skylua build`.
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
---@param done Outcome
---@param result table
local function report_success(session, done, result)
  if session.options.quiet then return end
  local text = ("built %s %s\n"):format(outcome.count(#done.built, "target"), outcome.work(session))
  if #done.built == 1 then
    local outputs = result:value(session:key("COMPLETION", done.built[1]))
    for i, path in ipairs(outputs) do
      if i <= 5 then text = text .. "  " .. tostring(path) .. "\n" end
    end
    if #outputs > 5 then text = ("%s  and %d more\n"):format(text, #outputs - 5) end
  end
  session:say(text)
end

--- Builds; without --keep-going, words that stand for nothing stop it before it begins.
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
  else
    report_success(session, done, result)
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
    local done, result = M.words(session, options.targets)
    if not done then return nil, result end
    return M.conclude(session, done, result)
  end)
end

return M
