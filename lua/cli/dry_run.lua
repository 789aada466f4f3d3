--- --dry-run: what would run, and why. Nothing is run and nothing written.
local outcome = require "cli.outcome"
local report = require "ui.report"

local M = {}

--- An action that would run stands in the way, which is no error.
local WOULD_RUN = "E0115"

--- Evaluates and says what would run.
---@param session Session
---@param failures Failure[]  words that stand for nothing
---@param labels string[]
---@param key_of fun(label: string): any
---@return integer exit
function M.conclude(session, failures, labels, key_of)
  local keys = {}
  for i, label in ipairs(labels) do keys[i] = key_of(label) end
  local result = session:evaluate(keys, true)
  for i, label in ipairs(labels) do
    local err = result:error(keys[i])
    local root = err and report.root(err)
    if root and root.code ~= WOULD_RUN then
      failures[#failures + 1] = { label = label, error = err,
        wrong_use = outcome.is_wrong_use(err, label) }
    end
  end
  session:quieten()
  outcome.show(session, failures)
  if session.would > 0 then
    session:answer(("%s would run\n"):format(outcome.count(session.would, "action")))
  elseif #failures == 0 then
    session:answer(("nothing would run: %s up to date\n"):format(outcome.count(#labels, "target")))
  end
  return outcome.exit_code(failures)
end

return M
