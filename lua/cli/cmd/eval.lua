--- `skylua eval MODULE.lua NAME ARG`: one key, with the engine alone.
local core = require "core"
local outcome = require "cli.outcome"
local readable = require("ui.readable").show
local report = require "ui.report"
local suggest = require "util.suggest"
local term = require "ui.term"
local uv = require "luv"

local M = {
  usage = "eval MODULE.lua NAME ARG",
  summary = "evaluate one key of a module of node functions",
  details = "ARG is a Lua literal such as 90, \"text\" or {1, 2}; a bare word is a string. What\n"
    .. "begins with - stands behind --. The value is printed as Lua, with its keys sorted.\n"
    .. "--trace prints each step of the evaluation before it, in a fixed order.\n",
  examples = { "skylua eval functions.lua FIB 90", "skylua eval --trace functions.lua SUM '{1, 2}'",
    "skylua eval functions.lua ABS -- -5" },
}

--- Of a value in the trace.
local WIDTH = 100

-- ---- the argument ----

local WORDS = { ["true"] = true, ["false"] = false }

--- Names are no literals: {a} would be an empty table.
local NO_NAMES = setmetatable({}, { __index = function(_, name)
  error(("'%s' is a name, not a literal; a string needs quotes"):format(name), 0)
end })

---@param text string
---@return any
---@return UsageError?
local function argument(text)
  if WORDS[text] ~= nil then return WORDS[text] end
  if text:find("^[%d.-]") and math.type(tonumber(text)) then return tonumber(text) end
  if not text:find("^%s*[{\"']") and not text:find("^%s*%[=*%[") then return text end
  local chunk, why = load("return " .. text, "=ARG", "t", NO_NAMES)
  local ok, value = false, why
  if chunk then ok, value = pcall(chunk) end
  if ok then return value end
  return nil, { message = ("the argument is no Lua literal: %s"):format(
    tostring(value):gsub("^ARG:%d+: ", "")), hint = "quote it for the shell: '{1, 2}', '\"text\"'" }
end

-- ---- the trace ----

---@param keys Key[]
---@return string
local function names(keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = tostring(key) end
  return table.concat(list, ", ")
end

---@param value any
---@return string  one line, cut when it is long
local function short(value)
  local text = readable(value):gsub("%s*\n%s*", " ")
  return #text <= WIDTH and text or text:sub(1, utf8.offset(text, 0, WIDTH - 2) - 1) .. "..."
end

local MORE = {
  waiting = function(e) return " on " .. names(e.deps) end,
  done = function(e) return " = " .. short(e.value) end,
  cached = function(e) return " = " .. short(e.value) end,
  failed = function(e) return ": " .. tostring(e.error.message) end,
  signal = function(e) return (" to %s, %d remaining"):format(e.parent, e.remaining) end,
}

---@param event TraceEvent
local function print_event(event)
  local more = MORE[event.event]
  print(("%-8s %s%s"):format(event.event, event.key, more and more(event) or ""))
end

-- ---- running ----

---@param options Options
---@param file string
---@return Engine?
---@return UsageError?
local function open(options, file)
  local ok, engine = pcall(core.engine, {
    functions = file,
    evaluators = options.evaluators or options.trace and 0 or nil,
    keep_going = options.keep_going or false,
    trace = options.trace and print_event or nil,
  })
  if ok then return engine end
  if type(engine) == "string" then return nil, { exit = 1, message = engine } end
  return nil, { exit = engine.code == "E0101" and outcome.MACHINE or outcome.WRONG_USE,
    code = engine.code, message = engine.message, hint = engine.hint }
end

--- A function that is not there may be one with another name.
---@param engine Engine
---@param name string
---@return string?
local function hint_of(engine, name)
  local known = {}
  for fn in core.pairs(engine:stats().fns) do known[#known + 1] = fn end
  return suggest.hint(name, known) or "the module has " .. table.concat(known, ", ")
end

---@param engine Engine
---@param key Key
---@param err Error
---@return Error  as report.render wants it
local function shown(engine, key, err)
  local copy = { code = err.code, message = err.message, file = err.file, line = err.line,
    cycle = err.cycle, cause = err.cause, hint = err.hint }
  if err.code == "E0112" and err.key == key then copy.hint = hint_of(engine, key.name) end
  return copy
end

---@param options Options
---@param engine Engine
---@param key Key
---@return integer exit
local function evaluate(options, engine, key)
  local signal
  core.on_interrupt(function(signum) signal = signum or uv.constants.SIGINT end)
  local result = engine:evaluate { key }
  for _, message in ipairs(result.messages) do
    io.stderr:write(("warning: %s: %s\n"):format(message.key, message.text))
  end
  if signal then return 128 + signal end
  local err = result:error(key)
  if not err then
    print(readable(result:value(key)))
    return 0
  end
  io.stdout:flush()
  local paint = term.painter(term.new(2, options.color).color)
  io.stderr:write(report.render(shown(engine, key, err), paint))
  -- a path of one is the key itself; before a cycle it is the way there
  if err.path and #err.path > (err.cycle and 0 or 1) then
    io.stderr:write("  path: ", (names(err.path):gsub(", ", " -> ")), "\n")
  end
  return outcome.BUILD_FAILED
end

---@param options Options
---@return integer? exit
---@return UsageError?
function M.run(options)
  local words = table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
  if #words ~= 3 then
    return nil, { message = "eval wants a module, a name and an argument",
      hint = "skylua eval functions.lua FIB 90" }
  end
  for _, dir in ipairs(options.directory) do
    local ok, why = uv.chdir(dir)
    if not ok then return nil, { message = ("cannot go to '%s': %s"):format(dir, why) } end
  end
  local arg, err = argument(words[3])
  if err then return nil, err end
  local ok, key = pcall(core.key, words[2], arg)
  if not ok then return nil, { message = key } end
  local engine
  engine, err = open(options, words[1])
  if not engine then return nil, err end
  local exit = evaluate(options, engine, key)
  engine:close()
  return exit
end

return M
