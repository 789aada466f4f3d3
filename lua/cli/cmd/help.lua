--- `skylua help [command|code]`.
local codes = require "ui.codes"
local commands = require "cli.commands"
local flags = require "cli.flags"
local suggest = require "util.suggest"

local M = {
  usage = "help [command|code]",
  summary = "show help: on everything, a command, or an error code",
  examples = { "skylua help build", "skylua help E0208" },
}

local INTRODUCTION = [[
skylua builds what BUILD.lua files describe, and only what changed.

Usage: skylua COMMAND [flags] [targets]
]]

local EXAMPLES = [[
Targets are //dir:name, //dir/... (all below), :name, a file, or -//dir/... (not these);
without any: the package of the current directory and below.

Examples:
  skylua build                  build this directory and below
  skylua build //app:hello      build one target
  skylua test //...             build and run all tests
  skylua run //app:hello -- -x  build a program and run it with -x
  skylua help E0208             what an error code means
]]

---@param rows string[][]  two columns
---@return string
local function columns(rows)
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = ("  %-" .. width .. "s  %s\n"):format(row[1], row[2])
  end
  return table.concat(lines)
end

---@return string
local function all_flags()
  local rows = {}
  for i, flag in ipairs(flags.list) do rows[i] = { flags.synopsis(flag), flag.help } end
  return "Flags:\n" .. columns(rows)
end

---@return string
local function overview()
  local rows = {}
  for i, name in ipairs(commands.names) do
    local command = commands.find(name)
    rows[i] = { command.usage, command.summary }
  end
  return table.concat({ INTRODUCTION, "Commands:\n" .. columns(rows), all_flags(), EXAMPLES }, "\n")
end

---@param command Command
---@return string
local function of_command(command)
  local parts = { ("skylua %s\n  %s\n"):format(command.usage, command.summary) }
  if command.details then parts[#parts + 1] = command.details end
  if command.examples then
    parts[#parts + 1] = "Examples:\n  " .. table.concat(command.examples, "\n  ") .. "\n"
  end
  parts[#parts + 1] = all_flags()
  return table.concat(parts, "\n")
end

---@param topic string
---@return string? text
---@return UsageError?
local function about(topic)
  local command = commands.find(topic)
  if command then return of_command(command) end
  local code = codes.find(topic:upper())
  if code then return codes.render(code) end
  local candidates = codes.names()
  table.move(commands.names, 1, #commands.names, #candidates + 1, candidates)
  return nil, {
    message = ("there is no help on '%s'"):format(topic),
    hint = suggest.hint(topic, candidates) or "skylua help shows all commands",
  }
end

---@param options Options
---@return integer? exit
---@return UsageError?
function M.run(options)
  local topic = options.targets[1]
  if not topic then
    io.stdout:write(overview())
    return 0
  end
  local text, err = about(topic)
  if not text then return nil, err end
  io.stdout:write(text)
  return 0
end

return M
