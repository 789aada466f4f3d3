--- The command line: flags, workspace, command. Called by main.c with argv, gives
-- the exit code.
local Events = require "ui.events"
local commands = require "cli.commands"
local outcome = require "cli.outcome"
local parse = require "cli.parse"
local place = require "cli.place"
local report = require "ui.report"
local session = require "cli.session"
local suggest = require "util.suggest"
local term = require "ui.term"

---@param options Options
---@param err UsageError
---@return integer exit
local function refuse(options, err)
  local exit = err.exit or outcome.WRONG_USE
  local paint = term.painter(term.new(2, options.color or "auto").color)
  io.stderr:write(report.render(err, paint))
  local json = session.json_file(options)
  if json then
    local events = Events.new(json)
    events:error(err)
    events:write { event = "finished", exit = exit, wall = 0 }
  end
  return exit
end

---@param options Options
---@return Command?
---@return UsageError?
local function command_of(options)
  local command = commands.find(options.command)
  if command then return command end
  return nil, {
    message = ("unknown command '%s'"):format(options.command),
    hint = suggest.hint(options.command, commands.names) or "skylua help shows all commands",
  }
end

--- What the words ask for; --help and --version win over everything else.
---@param options Options
local function redirect(options)
  if options.version then
    options.command = "version"
  elseif options.help then
    options.targets, options.command = { options.command }, "help"
  elseif not options.command then
    options.command = "help"
  end
end

---@param options Options
---@return integer exit
local function dispatch(options)
  redirect(options)
  local command, err = command_of(options)
  if not command then return refuse(options, err) end
  local where
  if command.workspace then
    where, err = place.find(options.directory)
    if not where then return refuse(options, err) end
  end
  local exit
  exit, err = command.run(options, where)
  return exit or refuse(options, err)
end

--- A string that gets here is a bug of skylua: users' mistakes are values, and what the
-- machine refuses is raised as a table.
---@param options Options
---@param trace any
---@return integer exit
local function broken(options, trace)
  if type(trace) ~= "string" then
    return refuse(options, { exit = outcome.MACHINE, code = trace.code, message = trace.message,
      hint = trace.hint })
  end
  io.stderr:write("skylua: this is a bug in skylua; please report it with what follows\n", trace,
    "\n")
  return outcome.BUG
end

---@param argv string[]  without the program's name
---@return integer exit
return function(argv)
  -- all that stands behind a script's name is the script's
  if argv[1] == "lua" then return require("cli.cmd.lua").script(argv) end
  local options, err = parse.parse(argv)
  if err then return refuse(options, err) end
  local ok, result = xpcall(dispatch, session.traced, options)
  return ok and result or broken(options, result)
end
