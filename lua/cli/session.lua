--- One invocation that builds: lock, engine, events in, text and JSON out.
local core = require "core"
local Events = require "ui.events"
local Progress = require "ui.progress"
local place_of = require "cli.place"
local report = require "ui.report"
local term = require "ui.term"
local uv = require "luv"

local M = {}

local STATE = "sky-out/state"

---@class Session
---@field options Options
---@field place Place
---@field command string
---@field events Events
---@field progress Progress
---@field paint Paint
---@field engine table
---@field config string           id of the configuration
---@field counts { executed: integer, restored: integer, failed: integer }
---@field shown_failures table<string, boolean>  labels whose failed action was printed
---@field ran table<string, boolean>  labels of which something was executed
---@field signal? integer         that interrupted us
local Session = {}
Session.__index = Session

---@param text string
local function to_stderr(text)
  io.stderr:write(text)
end

--- The file that --json names, standard output, or nil.
---@param options Options
---@return file*?
---@return UsageError?
function M.json_file(options)
  if not options.json then return nil end
  if options.json == true then return io.stdout end
  local file, why = io.open(options.json, "w")
  if not file then return nil, { message = "cannot write the JSON file " .. why } end
  return file
end

--- FNV-1a, 64 bits: short names for sets of options.
---@param text string
---@return string
local function digest(text)
  local h = 0xcbf29ce484222325
  for i = 1, #text do h = (h ~ text:byte(i)) * 0x100000001b3 end
  return ("%016x"):format(h):sub(1, 8)
end

---@class Config
---@field id string
---@field mode string
---@field options table<string, string>

--- -c and -D as a configuration: the same settings, in any order, are the same one.
---@param mode string
---@param defines string[]  "name=value"; "name" stands for "name=true"
---@return Config?
---@return UsageError?
function M.config(mode, defines)
  local options, names = {}, {}
  for _, text in ipairs(defines) do
    local name, value = text:match("^([%w_.%-]+)=(.*)$")
    if not name then name, value = text:match("^[%w_.%-]+$"), "true" end
    if not name then return nil, { message = ("-D wants name=value, not '%s'"):format(text) } end
    if not options[name] then names[#names + 1] = name end
    options[name] = value
  end
  if #names == 0 then
    return { id = mode == "fastbuild" and "" or mode, mode = mode, options = options }
  end
  table.sort(names)
  local lines = {}
  for i, name in ipairs(names) do lines[i] = name .. "=" .. options[name] end
  return { id = mode .. "-" .. digest(table.concat(lines, "\n")), mode = mode, options = options }
end

---@param dir string
---@return string? why  it cannot be made
local function make_dir(dir)
  if place_of.kind(dir) then return end
  local ok, why, name = uv.fs_mkdir(dir, 511)
  -- Another skylua may have been quicker.
  if not ok and name ~= "EEXIST" then return why end
end

--- sky-out and its state; sky-out keeps itself out of git.
---@param root string
---@return UsageError?
local function make_output_folder(root)
  local out = root .. "/sky-out"
  local why = make_dir(out) or make_dir(root .. "/" .. STATE)
  if not why and not place_of.kind(out .. "/.gitignore") then
    local ignore
    ignore, why = io.open(out .. "/.gitignore", "w")
    if ignore then ignore:write("*\n"):close() end
  end
  if why then return { exit = 36, message = "cannot make the output folder: " .. why } end
end

--- How this process is called in the message of one that waits for it.
---@param command string
---@param words string[]
---@return string
function M.who(command, words)
  local line = table.concat({ "skylua", command, table.unpack(words) }, " ")
  return ("pid %d, %s"):format(uv.os_getpid(), line)
end

--- Takes the workspace's lock; waits, and says for whom, while another build has it.
---@return UsageError?
function Session:lock()
  local path = self.place.root .. "/" .. STATE .. "/lock"
  local who = M.who(self.command, self.options.targets)
  local ok, holder = core.lock(path, who)
  if ok then return end
  to_stderr(("waiting for another skylua (%s)\n"):format(holder or "pid unknown"))
  local taken, why = core.lock_wait(path, who)
  if not taken then
    return { exit = 36, message = "cannot lock the workspace: " .. tostring(why) }
  end
end

---@param ev table  what the engine's observer is told
function Session:observe(ev)
  self.progress:observe(ev)
  if ev.event == "action" then
    self.counts[ev.status] = self.counts[ev.status] + 1
    if ev.status == "executed" or ev.status == "failed" then self.ran[ev.label] = true end
    if ev.status == "failed" then self.shown_failures[ev.label] = true end
    local signal = ev.signal and ev.signal ~= 0 and ev.signal or nil
    self.events:write {
      event = "action", label = ev.label, mnemonic = ev.mnemonic,
      outputs = Events.list(ev.outputs or {}), status = ev.status,
      exit = not signal and ev.exit or Events.null, signal = signal or Events.null,
      wall = Events.seconds(ev.wall or 0), max_rss = ev.max_rss or 0, reason = ev.reason,
    }
  elseif ev.event == "message" then
    self.events:write {
      event = "message", level = ev.level, code = ev.code, text = ev.text, file = ev.file,
      line = ev.line, column = ev.column, label = ev.label,
    }
  end
end

--- Opens the workspace for a build. The caller must call `close`.
---@param options Options
---@param place Place
---@return Session?
---@return UsageError?
function M.open(options, place)
  local config, err = M.config(options.mode, options.define)
  if not config then return nil, err end
  local json, json_err = M.json_file(options)
  if json_err then return nil, json_err end
  local terminal = term.new(2, options.color)
  local self = setmetatable({
    options = options, place = place, command = options.command, config = config.id,
    events = Events.new(json), json = json, paint = term.painter(terminal.color),
    counts = { executed = 0, restored = 0, failed = 0 }, shown_failures = {}, ran = {},
    progress = Progress.new {
      style = options.progress, term = terminal, quiet = options.quiet,
      show_commands = options.show_commands, write = to_stderr,
    },
  }, Session)
  err = self:begin(config)
  if err then return nil, err end
  return self
end

---@param config Config
---@return UsageError?
function Session:begin(config)
  local jobs = self.options.jobs
  if not jobs or jobs == 0 then jobs = core.cpus() end
  self.events:write {
    event = "started", command = self.command, targets = Events.list(self.options.targets),
    jobs = jobs, version = core.version,
  }
  local err = make_output_folder(self.place.root) or self:lock()
  if err then return err end
  local why
  self.engine, why = core.engine {
    build = true, root = self.place.root, jobs = jobs, evaluators = self.options.evaluators,
    keep_going = self.options.keep_going or false,
    observer = function(ev) self:observe(ev) end,
  }
  if not self.engine then return { exit = 36, message = tostring(why) } end
  core.on_interrupt(function(signum) self.signal = signum or uv.constants.SIGINT end)
  self.engine:inject(core.key("CONFIG", config.id), config)
  self.progress:begin()
end

---@param fn string  a node function whose argument is (label, configuration)
---@param label string
---@return any key
function Session:key(fn, label)
  return core.key(fn, { label, self.config })
end

---@param keys any[]
---@param keep_going? boolean  default: --keep-going
---@return table result  of the engine
function Session:evaluate(keys, keep_going)
  if keep_going == nil then keep_going = self.options.keep_going or false end
  return self.engine:evaluate(keys, { keep_going = keep_going })
end

--- Text for people, above the status line.
---@param text string
function Session:say(text)
  self.progress:say(text)
end

---@return { executed: integer, restored: integer, failed: integer, up_to_date: integer }
function Session:actions()
  local c = self.counts
  local fns = self.engine:stats().fns or {}
  local actions = fns.ACTION or { evaluated = 0, checked = 0 }
  local visited = actions.evaluated + actions.checked
  local moved = c.executed + c.restored + c.failed
  return {
    executed = c.executed, restored = c.restored, failed = c.failed,
    up_to_date = math.max(0, visited - moved),
  }
end

--- Ends the status line, so that what follows is printed plainly.
function Session:quieten()
  self.progress:stop()
end

---@param stats table
function Session:say_stats(stats)
  self:say(("nodes: %d, of them %d evaluated, %d checked, %d pruned; %d stat calls\n"):format(
    stats.total, stats.evaluated, stats.checked, stats.pruned, stats.stat_calls))
end

--- Closes the engine and writes the last event.
---@param exit integer
---@return integer exit
function Session:close(exit)
  self:quieten()
  if self.signal then exit = 128 + self.signal end
  local stats = self.engine:stats()
  if self.options.verbose then self:say_stats(stats) end
  self.events:write {
    event = "finished", exit = exit, wall = Events.seconds(self.events:elapsed()),
    actions = self:actions(),
    nodes = { total = stats.total, evaluated = stats.evaluated, checked = stats.checked,
      pruned = stats.pruned },
    stats = { stat_calls = stats.stat_calls },
  }
  self.engine:close()
  if self.json and self.json ~= io.stdout then self.json:close() end
  return exit
end

--- Runs `work`, shows the mistake it returns, and closes the session.
---@param work fun(): integer?, UsageError?
---@return integer exit
function Session:guard(work)
  -- A Lua error here is a bug: the status line must go before its trace is printed.
  local ok, exit, err = xpcall(work, debug.traceback)
  if not ok then
    self:quieten()
    error(exit, 0)
  end
  if not exit then
    self:say(report.render(err, self.paint))
    self.events:error(err)
    exit = err.exit or 2
  end
  return self:close(exit)
end

return M
