--- `skylua log`: what the last build did, from its event log.
local Events = require "ui.events"
local buildlog = require "cli.buildlog"
local core = require "core"
local outcome = require "cli.outcome"
local session_of = require "cli.session"
local suggest = require "util.suggest"

local M = {
  usage = "log [WHAT]",
  summary = "what the last build did: what ran, what failed, what it waited for",
  details = "WHAT: what-ran (the default), what-failed, or critical-path: the chain of actions,\n"
    .. "each needing the one before it, that took longest. -s adds the command lines.\n",
  examples = { "skylua log", "skylua log what-failed", "skylua log critical-path" },
  workspace = true,
}

---@param action LoggedAction
---@return string
local function ending(action)
  if action.status ~= "failed" then return action.status == "restored" and "restored" or "" end
  if action.signal ~= 0 then return "killed by signal " .. action.signal end
  return action.exit ~= 0 and "exit code " .. action.exit or "failed"
end

---@param session Session
---@param action LoggedAction
---@return string
local function line(session, action)
  session.events:write { event = "result", label = action.label, mnemonic = action.mnemonic,
    outputs = Events.list(action.outputs), status = action.status, exit = action.exit,
    wall = Events.seconds(action.wall), max_rss = action.max_rss, reason = action.reason }
  local how = ending(action)
  local text = ("%7.3fs  %s %s  %s%s\n"):format(action.wall, action.mnemonic,
    action.outputs[1] or "", action.label, how == "" and "" or "  (" .. how .. ")")
  if action.reason ~= "" then text = text .. "          " .. action.reason .. "\n" end
  if session.options.show_commands and action.command ~= "" then
    text = text .. "          " .. action.command .. "\n"
  end
  return text
end

---@param log BuildLog
---@return table<string, integer>
local function count(log)
  local sum = { executed = 0, restored = 0, failed = 0 }
  for _, action in ipairs(log.actions) do sum[action.status] = (sum[action.status] or 0) + 1 end
  return sum
end

---@param log BuildLog
---@return string
local function summary(log)
  local sum = count(log)
  local parts = { outcome.count(sum.executed, "action") .. " ran" }
  if sum.restored > 0 then parts[#parts + 1] = sum.restored .. " restored" end
  if sum.failed > 0 then parts[#parts + 1] = sum.failed .. " failed" end
  local how = not log.exit and "it did not come to its end"
    or ("exit %d, %.2fs"):format(log.exit, log.wall or 0)
  local more = log.left_out > 0 and ("\n%d more are not in the log"):format(log.left_out) or ""
  return ("%s\n%s; %s%s\n"):format(buildlog.title(log), how, table.concat(parts, ", "), more)
end

-- ---- the critical path ----

---@class Walk
---@field engine Engine
---@field wall table<Key, number>   of the actions that ran
---@field best table<Key, number>   of the longest chain that ends here
---@field via table<Key, Key|false>  the step before, in that chain

--- The actions that an action needs.
---@param walk Walk
---@param key Key
---@return Key[]
local function needs(walk, key)
  local node, list = walk.engine:edges(key), {}
  for _, group in ipairs(node and node.groups or {}) do
    for _, dep in ipairs(group) do
      if dep.name == "ACTION" then list[#list + 1] = dep end
    end
  end
  return list
end

--- Fills best and via for a key and all below it, without recursion.
---@param walk Walk
---@param from Key
local function measure(walk, from)
  local stack = { { key = from } }
  while #stack > 0 do
    local top = stack[#stack]
    if not top.deps then
      top.deps, top.at = walk.best[top.key] and {} or needs(walk, top.key), 1
    end
    local dep = top.deps[top.at]
    if dep then
      top.at = top.at + 1
      if not walk.best[dep] then stack[#stack + 1] = { key = dep } end
    else
      if not walk.best[top.key] then
        local longest, via = 0, false
        for _, d in ipairs(top.deps) do
          if walk.best[d] > longest then longest, via = walk.best[d], d end
        end
        walk.best[top.key] = longest + (walk.wall[top.key] or 0)
        walk.via[top.key] = via
      end
      stack[#stack] = nil
    end
  end
end

---@param session Session
---@param log BuildLog
---@return LoggedAction[] path  in the order they ran
---@return number seconds
local function critical_path(session, log)
  local walk = { engine = session.engine, wall = {}, best = {}, via = {} }
  local by_key, last = {}, nil
  for _, action in ipairs(log.actions) do
    local key = core.key("ACTION", { action.label, action.config, action.index })
    by_key[key], walk.wall[key] = action, action.wall
  end
  for _, action in ipairs(log.actions) do
    local key = core.key("ACTION", { action.label, action.config, action.index })
    measure(walk, key)
    if not last or walk.best[key] > walk.best[last] then last = key end
  end
  local path, at = {}, last
  while at do
    if by_key[at] then table.insert(path, 1, by_key[at]) end
    at = walk.via[at]
  end
  return path, last and walk.best[last] or 0
end

-- ---- the command ----

local SHOW = {}

SHOW["what-ran"] = function(session, log)
  local out = { summary(log) }
  for _, action in ipairs(log.actions) do out[#out + 1] = line(session, action) end
  return table.concat(out)
end

SHOW["what-failed"] = function(session, log)
  local out = { summary(log) }
  for _, action in ipairs(log.actions) do
    if action.status == "failed" then
      out[#out + 1] = line(session, action)
      if action.command ~= "" and not session.options.show_commands then
        out[#out + 1] = "          " .. action.command .. "\n"
      end
    end
  end
  return table.concat(out)
end

SHOW["critical-path"] = function(session, log)
  local path, seconds = critical_path(session, log)
  local out = { summary(log), ("critical path: %s, %.3fs\n"):format(outcome.count(#path, "action"),
    seconds) }
  for _, action in ipairs(path) do out[#out + 1] = line(session, action) end
  return table.concat(out)
end

local NAMES = { "what-ran", "what-failed", "critical-path" }

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local what = options.targets[1] or "what-ran"
  if not SHOW[what] or options.targets[2] then
    return nil, { message = options.targets[2] and "log takes one word"
      or ("log does not know '%s'"):format(what),
      hint = suggest.hint(what, NAMES) or "one of: " .. table.concat(NAMES, ", ") }
  end
  local log = buildlog.last(place.root)
  if not log then
    return nil, { exit = 1, message = "there is no log of a build", hint = "skylua build" }
  end
  local session, err = session_of.open(options, place, true)
  if not session then return nil, err end
  return session:guard(function()
    local text = SHOW[what](session, log)
    session:quieten()
    session:answer(text)
    return 0
  end)
end

return M
