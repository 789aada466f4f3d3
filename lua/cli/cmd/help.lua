--- `skylua help [command|topic|rule|code]`.
local codes = require "ui.codes"
local commands = require "cli.commands"
local flags = require "cli.flags"
local place_of = require "cli.place"
local suggest = require "util.suggest"
local topics = require "cli.topics"

local M = {
  usage = "help [topic|rule|code]",
  summary = "show help: on a command, a rule, an error code, or the language",
  examples = { "skylua help build", "skylua help cc_library", "skylua help //tools/x.lua",
    "skylua help E0208" },
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
  skylua help cc_binary         the attributes of a rule; help rules: all of them
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
  return table.concat({ INTRODUCTION, "Commands:\n" .. columns(rows), all_flags(), EXAMPLES,
    "Topics: " .. table.concat(topics.names, " ") .. "\n" }, "\n")
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

-- ---- rules ----
-- The modules that know rules are loaded when they are wanted: most runs are not about help.

--- All shipped rules, by the library that has them.
---@return string
local function all_rules()
  local offline, rule_help = require "load.offline", require "ui.rule_help"
  local own, loaded = {}, {}
  for _, library in ipairs(offline.shipped()) do
    local lines = {}
    for i, rule in ipairs(library.rules) do lines[i] = rule_help.line(rule.name, rule.def) end
    if offline.in_prelude(library.rules[1].name) then
      own[#own + 1] = table.concat(lines)
    else
      loaded[#loaded + 1] = ('\nload "%s":\n%s'):format(library.module, table.concat(lines))
    end
  end
  return "rules: those of every BUILD.lua:\n" .. table.concat(own) .. table.concat(loaded)
    .. "\n`skylua help RULE` shows the attributes.\n"
end

---@param name string
---@return string? text
---@return string[] names  of all shipped rules
local function shipped_rule(name)
  local offline, rule_help = require "load.offline", require "ui.rule_help"
  local names = {}
  for _, library in ipairs(offline.shipped()) do
    for _, rule in ipairs(library.rules) do
      if rule.name == name then
        local module = not offline.in_prelude(name) and library.module or nil
        return rule_help.render(name, rule.def, module), names
      end
      names[#names + 1] = rule.name
    end
  end
  return nil, names
end

--- What a library offers; with `wanted`, just that rule.
---@param offered Offered
---@param wanted? string
---@return string? text
---@return UsageError?
local function library_text(offered, wanted)
  local rule_help = require "ui.rule_help"
  local parts, names = {}, {}
  for _, rule in ipairs(offered.rules) do
    if not wanted or rule.name == wanted then
      parts[#parts + 1] = rule_help.render(rule.name, rule.def, offered.module)
    end
    names[#names + 1] = rule.name
  end
  if wanted and #parts == 0 then
    return nil, { message = ("%s has no rule '%s'"):format(offered.module, wanted),
      hint = suggest.hint(wanted, names) or "it has " .. table.concat(names, ", ") }
  end
  if not wanted and #offered.others > 0 then
    parts[#parts + 1] = "Also there: " .. table.concat(offered.others, ", ") .. ".\n"
  end
  return #parts > 0 and table.concat(parts, "\n") or offered.module .. " has no rules.\n"
end

--- "//tools/x.lua" or "//tools/x.lua:rule", of the workspace, a repository or @sky//.
---@param text string
---@param directories string[]
---@return string? text
---@return UsageError?
local function library(text, directories)
  local offline = require "load.offline"
  local file, wanted = text:match("^(.*%.lua):([%w_]+)$")
  file = file or text
  local pkg = ""
  if file:sub(1, 6) ~= "@sky//" then
    local where, err = place_of.find(directories)
    if not where then return nil, err end
    require("luv").chdir(where.root)
    pkg = where.pkg
    if not file:find("^[/@:]") then file = ":" .. file end
  end
  local name, why = offline.label(file, pkg)
  if not name then return nil, { message = ("cannot load '%s': %s"):format(file, why) } end
  local ok, offered = pcall(offline.offered, name)
  if not ok then
    if type(offered) == "table" and offered.message then return nil, offered end
    error(offered, 0)
  end
  return library_text(offered, wanted)
end

---@param options Options
---@param topic string
---@return string? text
---@return UsageError?
local function about(options, topic)
  local command = commands.find(topic)
  if command then return of_command(command) end
  local code = codes.find(topic:upper())
  if code then return codes.render(code) end
  local text = topics.find(topic)
  if text then return text end
  if topic == "rules" then return all_rules() end
  if topic:find("%.lua$") or topic:find("%.lua:") then return library(topic, options.directory) end
  local names
  text, names = shipped_rule(topic)
  if text then return text end
  for _, known in ipairs { commands.names, topics.names, codes.names() } do
    table.move(known, 1, #known, #names + 1, names)
  end
  return nil, {
    message = ("there is no help on '%s'"):format(topic),
    hint = suggest.hint(topic, names) or "skylua help shows commands and topics, "
      .. "skylua help rules all rules",
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
  local text, err = about(options, topic)
  if not text then return nil, err end
  io.stdout:write(text)
  return 0
end

return M
