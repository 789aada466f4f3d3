--- `skylua why`: why something was, or was not, built again in the last build.
local Events = require "ui.events"
local buildlog = require "cli.buildlog"
local core = require "core"
local outcome = require "cli.outcome"
local patterns = require "cli.patterns"
local session_of = require "cli.session"
local target_graph = require "cli.target_graph"
local why = require "cli.why_chain"

local M = {
  usage = "why target|file",
  summary = "why it was (not) built again, down to what was edited",
  details = "Reads the event log of the last build; nothing is built. For a file of the tree it\n"
    .. "says what ran because of it.\n",
  examples = { "skylua why //app:app", "skylua why sky-out/bin/app/app", "skylua why app/main.c" },
  workspace = true,
}

local MANY = 10

---@param action LoggedAction
---@return string  "LINK sky-out/bin/app/app  //app:app"
local function describe(action)
  local first = action.outputs[1]
  local text = first and action.mnemonic .. " " .. first or action.mnemonic
  return ("%s  %s"):format(text, action.label)
end

local DONE = { executed = "ran", restored = "was restored from the cache", failed = "failed" }

--- One chain: what ran, because of what, down to what was edited.
---@param session Session
---@param index Actions
---@param action LoggedAction
---@param out string[]
local function tell_chain(session, index, action, out)
  local chain = why.chain(index, action)
  for i, step in ipairs(chain) do
    out[#out + 1] = ("  %s%s\n      %s: %s\n"):format(i == 1 and "" or "<- ", describe(step),
      DONE[step.status] or step.status, step.reason)
    session.events:write { event = "result", label = step.label, mnemonic = step.mnemonic,
      outputs = Events.list(step.outputs), status = step.status, reason = step.reason }
  end
  for _, leaf in ipairs(why.leaves(chain[#chain])) do out[#out + 1] = "  <- " .. leaf .. "\n" end
end

--- The chains of a target's actions, the last one first; what stands in one is not told again.
---@param session Session
---@param index Actions
---@param actions LoggedAction[]
---@param out string[]
local function tell_chains(session, index, actions, out)
  local told, count, left = {}, 0, 0
  for i = #actions, 1, -1 do
    local again = told[actions[i]]
    if not again and (count < MANY or session.options.verbose) then
      count = count + 1
      for _, step in ipairs(why.chain(index, actions[i])) do told[step] = true end
      tell_chain(session, index, actions[i], out)
    elseif not again then
      left = left + 1
    end
  end
  if left > 0 then
    out[#out + 1] = ("  and %s (-v shows all)\n"):format(outcome.count(left, "more action"))
  end
end

-- ---- what did not run ----

--- Inputs of a target's actions that were made again in the last build.
---@param session Session
---@param index Actions
---@param label string
---@param config string
---@return boolean known      it has been built at some time
---@return LoggedAction[] made
local function remade_inputs(session, index, label, config)
  local known, made, seen = false, {}, {}
  -- the target's own part of the configuration
  local target = session.engine:node(core.key("CONFIGURED_TARGET", { label, config }))
  config = target and target.value and target.value.config or config
  for i = 1, 1000000 do
    local node = session.engine:edges(core.key("ACTION", { label, config, i }))
    if not node then break end
    known = true
    for _, group in ipairs(node.groups) do
      for _, key in ipairs(group) do
        local argument = key.name == "ACTION" and key.argument
        for _, action in ipairs(argument and index.by_label[argument[1]] or {}) do
          if action.index == argument[3] and not seen[action] then
            seen[action] = true
            made[#made + 1] = action
          end
        end
      end
    end
  end
  return known, made
end

--- A target without actions (an alias, a filegroup, a suite) is what it names.
---@param session Session
---@param index Actions
---@param label string
---@param out string[]
local function tell_named(session, index, label, out)
  local named = {}
  for _, dep in ipairs(target_graph.new(session):node(label).labels) do
    for _, action in ipairs(index.by_label[dep] or {}) do named[#named + 1] = action end
  end
  if #named == 0 then
    out[#out + 1] = ("%s has no actions, or was not part of the build\n"):format(label)
  else
    out[#out + 1] = ("%s has no actions of its own; of what it names ran:\n"):format(label)
    tell_chains(session, index, named, out)
  end
end

---@param session Session
---@param log BuildLog
---@param index Actions
---@param label string
---@param out string[]
local function tell_nothing_ran(session, log, index, label, out)
  local known, made = remade_inputs(session, index, label, log.config)
  local failed = 0
  for _, action in ipairs(log.actions) do
    if action.status == "failed" then failed = failed + 1 end
  end
  if #made > 0 then
    out[#out + 1] = ("%s was up to date: what was made again is what it was before\n"):format(label)
    for i, action in ipairs(made) do
      if i > MANY then break end
      tell_chain(session, index, action, out)
    end
  elseif failed > 0 then
    out[#out + 1] = ("nothing of %s ran; the build failed elsewhere (skylua log what-failed)\n")
      :format(label)
  elseif known then
    out[#out + 1] = ("%s was up to date: nothing that it is made of had changed\n"):format(label)
  else
    tell_named(session, index, label, out)
  end
end

--- When it ran before the last build, if that is still known.
---@param session Session
---@param log BuildLog
---@param find fun(index: Actions): LoggedAction[]
---@param out string[]
local function tell_before(session, log, find, out)
  local before = buildlog.read_file(session.place.root .. "/" .. buildlog.BEFORE)
  if not before or #log.actions > 0 then return end
  local index = why.index(before)
  local actions = find(index)
  if #actions == 0 then return end
  out[#out + 1] = ("before, in '%s':\n"):format(buildlog.title(before))
  tell_chains(session, index, actions, out)
end

---@param session Session
---@param log BuildLog
---@param index Actions
---@param label string
---@param out string[]
local function tell_target(session, log, index, label, out)
  local actions = index.by_label[label]
  if actions then
    local failed = actions[#actions].status == "failed"
    out[#out + 1] = ("%s %s:\n"):format(label, failed and "was built again and failed"
      or "was built again")
    tell_chains(session, index, actions, out)
    return
  end
  tell_nothing_ran(session, log, index, label, out)
  tell_before(session, log, function(i) return i.by_label[label] or {} end, out)
end

---@param index Actions
---@param path string
---@return LoggedAction[]
local function named_by(index, log, path)
  local list = {}
  for _, action in ipairs(log.actions) do
    for _, part in ipairs(why.parts(action.reason)) do
      if part.name == path and list[#list] ~= action then list[#list + 1] = action end
    end
  end
  return list, index
end

---@param session Session
---@param log BuildLog
---@param index Actions
---@param path string
---@param out string[]
local function tell_file(session, log, index, path, out)
  local maker = index.by_output[path]
  if maker then
    out[#out + 1] = ("%s was made again:\n"):format(path)
    tell_chain(session, index, maker, out)
    return
  end
  local because = named_by(index, log, path)
  if #because > 0 then
    out[#out + 1] = ("because of %s ran:\n"):format(path)
    for i, action in ipairs(because) do
      if i > MANY and not session.options.verbose then break end
      tell_chain(session, index, action, out)
    end
    return
  end
  out[#out + 1] = path:find("^sky%-out/") and ("%s was up to date\n"):format(path)
    or ("nothing ran because of %s\n"):format(path)
  tell_before(session, log, function(i)
    return i.by_output[path] and { i.by_output[path] } or {}
  end, out)
end

-- ---- the command ----

--- The record of a label, or what is wrong with it.
---@param session Session
---@param label string
---@return table?
---@return UsageError?
local function target_of(session, label)
  local key = core.key("TARGET", { label })
  local result = session:evaluate({ key }, true)
  local err = result:error(key)
  if not err then return result:value(key) end
  return nil, { exit = outcome.is_wrong_use(err, label) and 2 or 1, code = err.code,
    message = err.message, hint = err.hint, file = err.file, line = err.line, cause = err.cause }
end

---@param session Session
---@param log BuildLog
---@param pattern Pattern
---@return integer? exit
---@return UsageError?
local function tell(session, log, pattern)
  local out = { ("last build: %s\n"):format(buildlog.title(log)) }
  local index = why.index(log)
  if pattern.kind == "path" then
    tell_file(session, log, index, pattern.text, out)
  else
    local target, err = target_of(session, pattern.text)
    if not target then return nil, err end
    if target.kind == "source" then
      tell_file(session, log, index, target.path, out)
    else
      tell_target(session, log, index, target.target or pattern.text, out)
    end
  end
  session:quieten()
  session:answer(table.concat(out))
  return 0
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local word = options.targets[1]
  if not word or options.targets[2] then
    return nil, { message = "why wants one target or file", hint = "skylua why //dir:name" }
  end
  local pattern, err = patterns.read(word, place)
  if not pattern then return nil, err end
  if pattern.kind == "pattern" or pattern.negative then
    return nil, { message = ("why wants one target or file, not the pattern '%s'"):format(word) }
  end
  local log = buildlog.last(place.root)
  if not log then
    return nil, { exit = 1, message = "there is no log of a build", hint = "skylua build" }
  end
  local session
  session, err = session_of.open(options, place, true)
  if not session then return nil, err end
  return session:guard(function() return tell(session, log, pattern) end)
end

return M
