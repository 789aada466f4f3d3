--- `skylua explain`: a target as skylua sees it.
local Events = require "ui.events"
local core = require "core"
local label_of = require "model.label"
local outcome = require "cli.outcome"
local question = require "cli.question"
local readable = require("ui.readable").show
local report = require "ui.report"
local sorted = require "util.sorted"

local M = {
  usage = "explain target",
  summary = "a target: rule, place, attributes, the commands of its actions",
  details = "Nothing is built. -c and -D choose the configuration; -v shows defaults and inputs.\n",
  examples = { "skylua explain //app:app", "skylua explain -c release //app:app" },
  workspace = true,
}

local MANY = 50

---@param word string
---@return string
local function quoted(word)
  if word ~= "" and not word:find("[^%w_@%%+=:,./-]") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- A command as a person would type it.
---@param command { words?: string[], text?: string }
---@return string
function M.line(command)
  if command.text then return command.text end
  local words = {}
  for i, word in ipairs(command.words) do words[i] = quoted(word) end
  return table.concat(words, " ")
end

---@param list any   artifacts and depsets of them
---@param out string[]
local function add_paths(list, out)
  for _, item in ipairs(core.is_depset(list) and list:to_list() or core.raw(list or {})) do
    if core.is_depset(item) then
      add_paths(item, out)
    else
      out[#out + 1] = core.raw(item).path
    end
  end
end

---@param title string
---@param list any
---@param out string[]
local function tell_paths(title, list, out)
  local paths = {}
  add_paths(list, paths)
  table.sort(paths)
  for i, path in ipairs(paths) do
    out[#out + 1] = ("      %s %s\n"):format(i == 1 and title or (" "):rep(#title), path)
  end
end

---@param session Session
---@param label string
---@param index integer
---@param action table
---@param command table?
---@param out string[]
local function tell_action(session, label, index, action, command, out)
  local outputs = {}
  add_paths(action.outputs, outputs)
  local line = command and M.line(command) or "?"
  local mnemonic = action.mnemonic or "Run"
  out[#out + 1] = ("  %d %s %s\n      %s\n"):format(index, mnemonic,
    table.concat(outputs, " "), line)
  for name, value in sorted.pairs(core.raw(action.env or {})) do
    out[#out + 1] = ("      %s=%s\n"):format(name, quoted(tostring(value)))
  end
  for _, name in ipairs(action.env_inherit or {}) do
    out[#out + 1] = ("      %s of the environment\n"):format(name)
  end
  if session.options.verbose then
    tell_paths("tool", action.tools, out)
    tell_paths("in", action.inputs, out)
    tell_paths("may read", action.may_read, out)
  end
  session.events:write { event = "result", label = label, mnemonic = mnemonic,
    outputs = Events.list(outputs), command = line }
end

---@param session Session
---@param label string
---@param out string[]
---@return Failure?
local function tell_actions(session, label, out)
  local key = session:key("CONFIGURED_TARGET", label)
  local result, values = session:configured { label }
  local err = result:error(key)
  if err and report.root(err).code == "E0115" then
    out[#out + 1] = ("actions: known only when %s has been built\n"):format(
      tostring(report.root(err).label))
    return nil
  elseif err then
    return { label = label, error = err }
  end
  local value = values[label]
  local actions, keys = value.actions, {}
  local shown = math.min(#actions, session.options.verbose and #actions or MANY)
  for i = 1, shown do
    keys[i] = core.key("COMMAND", { label, value.config, i })
  end
  local commands = #keys > 0 and session:evaluate(keys, true)
  out[#out + 1] = #actions > 0 and "actions:\n" or "no actions\n"
  for i = 1, shown do
    tell_action(session, label, i, actions[i], commands:value(keys[i]), out)
  end
  if shown < #actions then out[#out + 1] = ("  and %d more (-v)\n"):format(#actions - shown) end
  tell_paths("makes", value.files, out)
end

---@param title string
---@param map table
---@param out string[]
local function tell_attributes(title, map, out)
  local names = sorted.keys(core.raw(map))
  if #names > 0 then out[#out + 1] = title .. ":\n" end
  for _, name in ipairs(names) do
    out[#out + 1] = ("  %s = %s\n"):format(name, readable(map[name], "  "))
  end
end

---@param session Session
---@param label string
---@param out string[]
---@return Failure?
local function tell_rule(session, label, out)
  local pkg, name = label_of.split(label)
  local package, explained = core.key("PACKAGE", pkg), session:key("EXPLAINED", label)
  local result = session:evaluate({ package, explained }, true)
  local err = result:error(package) or result:error(explained)
  if err then return { label = label, error = err } end
  local value = result:value(package)
  local record = value.targets[name]
  local build = (value.dir or pkg) .. ((value.dir or pkg) == "" and "" or "/") .. "BUILD.lua"
  out[#out + 1] = ("%s\n  rule   %s of %s\n  place  %s:%d\n"):format(label, record.rule.name,
    record.rule.module, build, record.line)
  for _, call in ipairs(record.chain or {}) do out[#out + 1] = "         in " .. call .. "\n" end
  out[#out + 1] = ("  config %s\n"):format(session.config == "" and "fastbuild"
    or session.config)
  out[#out + 1] = ("  seen   %s\n"):format(#record.visibility == 0 and "by its own package"
    or "by " .. table.concat(core.raw(record.visibility), ", "))
  local about = result:value(explained)
  tell_attributes("attributes", about.given, out)
  if session.options.verbose then tell_attributes("defaults", about.defaults, out) end
  return tell_actions(session, label, out)
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words, err = question.words(options, 1, 1, M.examples[1])
  if not words then return nil, err end
  return question.ask(options, place, function(session, graph)
    local set, exit = question.set(session, graph, words[1])
    if not set then return exit end
    local out, failures = {}, graph.failures
    for i, label in ipairs(set:shown()) do
      local node = graph:node(label)
      if node.kind == "generated file" then
        out[#out + 1] = ("%s is made by %s\n"):format(label, node.labels[1])
        node = graph:node(node.labels[1])
      end
      if node.kind == "source file" then
        out[#out + 1] = ("%s is a source file: %s\n"):format(label, node.file)
      elseif node.kind ~= "unknown" then
        if i > 1 then out[#out + 1] = "\n" end
        failures[#failures + 1] = tell_rule(session, node.label, out)
      end
    end
    session:quieten()
    session:answer(table.concat(out))
    outcome.show(session, failures)
    return outcome.exit_code(failures)
  end)
end

return M
