--- How a build ended: which errors are shown, the last line, the exit code.
local report = require "ui.report"

local M = {}

M.BUILD_FAILED = 1
M.WRONG_USE = 2
M.TESTS_FAILED = 3
M.NO_TESTS = 4
M.MACHINE = 36
M.BUG = 37

--- Errors of the machine, not of what is built (base/err.h).
local MACHINE_CODES = { E0101 = true }

---@class Outcome
---@field failures Failure[]
---@field built string[]       labels
---@field not_tried string[]   labels that were given up because of another's failure
---@field count? integer        of all, when they were built as one
---@field outputs? string[]      of the only one

-- Codes of words that name nothing: labels, targets, packages, patterns, repositories.
local WRONG_WORDS = { E0212 = true, E0213 = true, E0214 = true, E0241 = true, E0242 = true,
  E0248 = true }

--- A target or package that does not exist, named by nobody but the user: errors of
-- the language that come from a BUILD.lua have a place there, unless the build was
-- given up before it was found; but then they are about another label.
---@param err Error
---@param label? string  what the user asked for
---@return boolean
function M.is_wrong_use(err, label)
  local root = report.root(err)
  local about = root.label
  return root.file == nil and WRONG_WORDS[root.code or ""] == true
    and (not label or not about or about == label or label:sub(1, #about + 1) == about .. ":")
end

--- Sorts what the engine says about `labels` into built, failed and not tried.
---@param result table   of Session:evaluate
---@param labels string[]
---@param key_of fun(label: string): any
---@return Outcome
function M.of(result, labels, key_of)
  local outcome = { failures = {}, built = {}, not_tried = {} }
  for _, label in ipairs(labels) do
    local key = key_of(label)
    local err = result:error(key)
    if err then
      local root = report.root(err)
      table.insert(outcome.failures, { label = label, error = err,
        wrong_use = M.is_wrong_use(err, label), given_up = root.code == "E0309",
        because = root.label ~= nil and root.label ~= label })
    elseif result:value(key) ~= nil then
      table.insert(outcome.built, label)
    else
      table.insert(outcome.not_tried, label)
    end
  end
  return outcome
end

--- A failed action has been shown with its output when it failed, but not with advice.
---@param session Session
---@param group Group
---@return boolean
local function already_shown(session, group)
  local root = report.root(group.error)
  return root.code == "E0301" and not root.hint and root.label ~= nil
    and session.shown_failures[root.label] == true
end

--- Shows each root cause once, to people and as JSON.
---@param session Session
---@param failures Failure[]
function M.show(session, failures)
  for _, group in ipairs(report.groups(failures)) do
    local root = report.root(group.error)
    if root.code ~= "E0114" and root.code ~= "E0309" then
      session.events:error(root, root.label or group.labels[1])
      if not already_shown(session, group) then
        session:say(report.render_group(group, session.paint))
      end
    end
  end
end

---@param failures Failure[]
---@return integer exit
function M.exit_code(failures)
  if #failures == 0 then return 0 end
  local wrong_use = true
  for _, failure in ipairs(failures) do
    local root = report.root(failure.error)
    if MACHINE_CODES[root.code] then return M.MACHINE end
    wrong_use = wrong_use and failure.wrong_use == true
  end
  return wrong_use and M.WRONG_USE or M.BUILD_FAILED
end

---@param n integer
---@param what string
---@return string
function M.count(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

--- "(14 actions, 212 up to date) in 1.42s"
---@param session Session
---@return string
function M.work(session)
  local actions = session:actions()
  local parts = { M.count(actions.executed + actions.failed, "action") }
  if actions.restored > 0 then parts[#parts + 1] = actions.restored .. " restored" end
  parts[#parts + 1] = actions.up_to_date .. " up to date"
  return ("(%s) in %.2fs"):format(table.concat(parts, ", "), session.events:elapsed())
end

local MAX_LISTED = 20

---@param out string[]
---@param title string
---@param labels string[]
local function add_list(out, title, labels)
  if #labels == 0 then return end
  if title ~= "" then out[#out + 1] = title end
  table.move(labels, 1, math.min(#labels, MAX_LISTED), #out + 1, out)
  if #labels > MAX_LISTED then
    out[#out + 1] = ("  and %d more"):format(#labels - MAX_LISTED)
  end
end

--- Who failed, who could not be tried because of them, and whose turn never came.
---@param failures Failure[]
---@return string[] failed
---@return string[] because
---@return string[] given_up
local function sorted_out(failures)
  local failed, because, given_up = {}, {}, {}
  for _, failure in ipairs(failures) do
    local list = failure.given_up and given_up or failure.because and because or failed
    list[#list + 1] = "  " .. failure.label
  end
  -- what failed may lie outside of what was asked for
  if #failed == 0 then failed, because = because, {} end
  return failed, because, given_up
end

--- How many there are of each kind, and their labels.
---@param session Session
---@param outcome Outcome
function M.summarize_failure(session, outcome)
  local failed, because, given_up = sorted_out(outcome.failures)
  local unfinished = #given_up + #outcome.not_tried
  local head = M.count(#failed, "target") .. " failed"
  if #because > 0 then head = ("%s, %d not tried because of %s"):format(head, #because,
    #failed == 1 and "it" or "them") end
  if #outcome.built > 0 then head = head .. ", " .. #outcome.built .. " built" end
  if unfinished > 0 then head = head .. ", " .. unfinished .. " not finished" end
  local lines = { ("%s %s %s"):format(session.paint("red", "failed:"), head, M.work(session)) }
  add_list(lines, "", failed)
  add_list(lines, "not tried:", because)
  add_list(lines, ("not finished: --keep-going=%s"):format(session.options.keep_going), given_up)
  session:say(table.concat(lines, "\n") .. "\n")
end

return M
