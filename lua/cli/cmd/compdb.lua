--- `skylua compdb`: compile_commands.json for editors and analysers.
local core = require "core"
local json = require "dkjson"
local outcome = require "cli.outcome"
local question = require "cli.question"
local report = require "ui.report"
local select = require "cli.select"

local M = {
  usage = "compdb [targets]",
  summary = "write compile_commands.json (default: of the whole workspace)",
  details = "It stands at the root of the workspace; --output=json prints it instead. Nothing is\n"
    .. "built: what generates headers must have run for an analyser to find them.\n",
  examples = { "skylua compdb", "skylua compdb -c debug //app/...", "skylua compdb --output=json" },
  workspace = true,
}

local COMPILERS = { CC = true, CXX = true }

--- The word behind "-c".
---@param words string[]
---@return string?
local function source_of(words)
  for i, word in ipairs(words) do
    if word == "-c" then return words[i + 1] end
  end
end

--- The keys of the commands that compile, of these targets.
---@param session Session
---@param labels string[]
---@param failures Failure[]
---@return Key[] keys
---@return string[] outputs
---@return integer unknown  targets that are known only after a build
local function compile_commands(session, labels, failures)
  local keys, found, outputs, unknown = {}, {}, {}, 0
  for i, label in ipairs(labels) do keys[i] = session:key("CONFIGURED_TARGET", label) end
  local result, values = session:configured(labels)
  for i, label in ipairs(labels) do
    local err, value = result:error(keys[i]), values[label]
    if err and report.root(err).code == "E0115" then
      unknown = unknown + 1
    elseif err then
      failures[#failures + 1] = { label = label, error = err,
        wrong_use = outcome.is_wrong_use(err, label) }
    end
    for at, action in ipairs(value and value.label == label and value.actions or {}) do
      if COMPILERS[action.mnemonic] then
        found[#found + 1] = core.key("COMMAND", { label, value.config, at })
        outputs[#outputs + 1] = core.raw(action.outputs[1]).path
      end
    end
  end
  return found, outputs, unknown
end

---@param session Session
---@param keys Key[]
---@param outputs string[]
---@return string text
---@return integer count
local function render(session, keys, outputs)
  local result, lines = session:evaluate(keys, true), {}
  local order = { keyorder = { "directory", "file", "output", "arguments" } }
  for i, key in ipairs(keys) do
    local command = result:value(key)
    local file = command and command.words and source_of(command.words)
    if file then
      local words = core.raw(command.words)
      lines[#lines + 1] = json.encode({ directory = session.place.root, file = file,
        output = outputs[i], arguments = table.move(words, 1, #words, 1, {}) }, order)
    end
  end
  return "[\n" .. table.concat(lines, ",\n") .. "\n]\n", #lines
end

--- In one step, and not when it is there already: editors load it at every change.
---@param path string
---@param text string
---@return UsageError?
local function write(path, text)
  local old = io.open(path, "rb")
  local same = old and old:read("a") == text
  if old then old:close() end
  if same then return nil end
  local file, why = io.open(path .. ".new", "wb")
  local ok = file and file:write(text)
  if file then ok = file:close() and ok end
  if ok then ok, why = os.rename(path .. ".new", path) end
  return not ok and { exit = 36, message = "cannot write " .. tostring(why) } or nil
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words = table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
  if options.output and options.output ~= "json" then
    return nil, { message = ("compdb has no --output=%s"):format(options.output),
      hint = "only json" }
  end
  return question.ask(options, place, function(session)
    local selection, err = select.targets(session, #words > 0 and words or { "//..." })
    if not selection then return nil, err end
    local failures = selection.failures
    local keys, outputs, unknown = compile_commands(session, selection.labels, failures)
    local text, count = render(session, keys, outputs)
    session:quieten()
    local wrong = nil
    if options.output then
      session:answer(text)
    else
      wrong = write(place.root .. "/compile_commands.json", text)
    end
    if wrong then return nil, wrong end
    if not options.quiet and not options.output then
      session:say(("compile_commands.json: %s%s\n"):format(outcome.count(count, "command"),
        unknown > 0 and (", %s known only after a build"):format(outcome.count(unknown, "target"))
        or ""))
    end
    outcome.show(session, failures)
    return outcome.exit_code(failures)
  end)
end

return M
