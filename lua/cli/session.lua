--- One invocation that builds: lock, engine, events in, text and JSON out.
local config_of = require "cli.config"
local core = require "core"
local Events = require "ui.events"
local Progress = require "ui.progress"
local buildlog = require "cli.buildlog"
local cache_of = require "cli.cache"
local origin = require "cli.origin"
local place_of = require "cli.place"
local report = require "ui.report"
local term = require "ui.term"
local sorted = require "util.sorted"
local Strays = require "cli.strays"
local uv = require "luv"

local M = {}

--- No machine runs more at a time; the engine refuses more than a million.
local MAX_JOBS = 100000
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
---@field settings Settings        of -c and -D
---@field counts { executed: integer, restored: integer, failed: integer }
---@field stats table             sums over the evaluations
---@field shown_failures table<string, boolean>  labels whose failed action was printed
---@field ran table<string, boolean>  labels of which something was executed
---@field warned table<string, boolean>  stored messages that were shown
---@field told table<string, boolean>    keys of actions whose output was shown as they ended
---@field signal? integer         that interrupted us
---@field readonly? boolean       questions and dry runs: no lock, nothing is written
---@field before integer          version of the graph when the build began
---@field log? LogWriter          of builds
---@field origins table<string, string|false>  what was edited, by label and configuration
---@field trace? ChromeTrace       with --profile
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
function Session:lock()
  local path = self.place.root .. "/" .. STATE .. "/lock"
  local who = M.who(self.command, self.options.targets)
  local lock, holder = core.lock(path, who)
  if not lock then
    to_stderr(("waiting for another skylua (%s)\n"):format(holder))
    lock = core.lock_wait(path, who)
  end
  -- Held until this is closed or collected, with the process.
  self.held = lock
end

--- The reason of an action, down to what was edited when it is not an input of its own.
---@param ev ActionEvent
---@param key? Key
---@return string?
function Session:reason(ev, key)
  local reason = ev.reason
  if not key or not reason or not origin.is_wanted(reason) then return reason end
  local id = ev.label .. "\n" .. (ev.config or "")
  local found = self.origins[id]
  if found == nil then
    local target = core.key("CONFIGURED_TARGET", { ev.label, ev.config or "" })
    found = origin.find(self.engine, key, target, self.before) or false
    self.origins[id] = found
  end
  if not found or reason:find(found, 1, true) then return reason end
  return reason .. "; " .. found
end

---@param ev ActionEvent
---@param key? Key
function Session:record(ev, key)
  ev.reason = self:reason(ev, key)
  if self.log then
    self.log:action(ev, ev.index or 0, ev.reason or "", self.events:elapsed())
  end
end

--- An action has failed; with --keep-going=N the N-th is the last.
---@param label string
function Session:failed(label)
  self.shown_failures[label] = true
  if self.counts.failed == self.options.keep_going then self.engine:give_up(true) end
end

---@param ev ActionEvent
function Session:write_action(ev)
  local signal = ev.signal and ev.signal ~= 0 and ev.signal or nil
  self.events:write {
    event = "action", label = ev.label, mnemonic = ev.mnemonic,
    outputs = Events.list(ev.outputs or {}), status = ev.status,
    exit = not signal and ev.exit or Events.null, signal = signal or Events.null,
    wall = Events.seconds(ev.wall or 0), max_rss = ev.max_rss or 0, reason = ev.reason,
  }
end

---@param ev table  what the engine's observer is told
---@param key? Key  of the node that tells it
function Session:observe(ev, key)
  if self.signal and ev.status == "failed" then    -- what we kill ourselves has not failed
    self.progress:forget(ev)
    return
  end
  if ev.event == "action" then self:record(ev, key) end
  self.progress:observe(ev)
  if self.trace then self.trace:observe(ev) end
  if ev.event == "action" then
    self.counts[ev.status] = self.counts[ev.status] + 1
    if ev.status == "executed" or ev.status == "failed" then
      self.ran[ev.label] = true
      self.strays:saw(ev)
    end
    if ev.status == "failed" then self:failed(ev.label) end
    if self.json then self:write_action(ev) end
  elseif ev.event == "would_run" then
    ev.reason = self:reason(ev, key)
    self.would = self.would + 1
    self:answer(self.progress:would_run(ev))
    self.events:write { event = "would_run", label = ev.label, mnemonic = ev.mnemonic,
      outputs = Events.list(ev.outputs or {}), reason = ev.reason }
  elseif ev.event == "message" then
    self.events:write {
      event = "message", level = ev.level, code = ev.code, text = ev.text, file = ev.file,
      line = ev.line, column = ev.column, label = ev.label,
    }
  end
end

--- --evaluators, else SKYLUA_EVALUATORS, else nil: the engine's own choice.
---@param options Options
---@return integer?
local function evaluators(options)
  local named = os.getenv "SKYLUA_EVALUATORS"
  return options.evaluators or named and named:match "^%d+$" and math.tointeger(named) or nil
end

--- Opens the workspace for a build. The caller must call `close`.
---@param options Options
---@param place Place
---@param question? boolean  nothing is built: no lock, nothing is written
---@return Session?
---@return UsageError?
function M.open(options, place, question)
  local settings, err = config_of.settings(options.mode, options.define)
  if not settings then return nil, err end
  local json, json_err = M.json_file(options)
  if json_err then return nil, json_err end
  local terminal = term.new(2, options.color)
  local self = setmetatable({
    options = options, place = place, command = options.command, config = config_of.id(settings),
    settings = settings,
    events = Events.new(json), json = json, paint = term.painter(terminal.color),
    counts = { executed = 0, restored = 0, failed = 0 },
    stats = { total = 0, evaluated = 0, checked = 0, pruned = 0, stat_calls = 0, actions = 0 },
    strays = Strays.new(place.root),
    shown_failures = {}, ran = {}, warned = {}, told = {}, origins = {}, would = 0,
    question = question, readonly = question or options.dry_run,
    progress = Progress.new {
      style = options.progress, term = terminal, quiet = options.quiet,
      show_commands = options.show_commands, write = to_stderr,
    },
  }, Session)
  err = self:begin()
  if err then return nil, err end
  return self
end

--- The output folder and the lock; a question needs neither.
---@return UsageError?
function Session:prepare()
  if self.readonly then return nil end
  local err = make_output_folder(self.place.root)
  if err then return err end
  self:lock()
end

--- The local cache; questions and dry runs have none.
---@return Cache?
---@return UsageError?
function Session:find_cache()
  local cache, err = cache_of.find(self.readonly and "off" or self.options.cache)
  if cache and cache.note and not self.options.quiet then
    self:say("skylua: " .. cache.note .. "\n")
  end
  return cache, err
end

--- Adds what the bundles that --config names say.
---@return UsageError?
function Session:bundles()
  local names = self.options.config
  if #names == 0 then return end
  local key = core.key("WORKSPACE", "")
  local result = self:evaluate { key }
  local err = result:error(key)
  if err then
    local copy = { exit = 1 }
    for k, v in sorted.pairs(report.root(err)) do copy[k] = v end
    return copy
  end
  local all, why = config_of.with_bundles(self.settings, names, result:value(key).configs)
  if not all then return why end
  self.settings, self.config = all, config_of.id(all)
end

--- The log of this build begins, which a question has none of.
function Session:begin_log()
  if self.readonly then return end
  self.log = buildlog.create(self.place.root, { command = self.command,
    mode = self.settings.mode or "fastbuild", config = self.config,
    words = self.options.targets })
end

-- --sandbox; with -q nothing is said when there is none.
local function sandbox_mode(options)
  local mode = options.sandbox or "auto"
  return mode == "auto" and options.quiet and "quiet" or mode
end

---@return UsageError?
function Session:begin()
  if self.options.profile and not self.readonly then
    self.trace = require("ui.chrome_trace").new(self.options.profile)
    if not self.trace then
      return { message = ("cannot write the profile '%s'"):format(self.options.profile) }
    end
  end
  local jobs = self.options.jobs
  if not jobs or jobs == 0 then jobs = core.cpus() end
  jobs = math.min(jobs, MAX_JOBS)
  self.events:write {
    event = "started", command = self.command, targets = Events.list(self.options.targets),
    jobs = jobs, version = core.version,
  }
  local cache, err = self:find_cache()
  err = err or self:prepare()
  if not cache or err then return err end
  self.engine = core.engine {
    build = true, root = self.place.root, jobs = jobs, evaluators = evaluators(self.options),
    keep_going = self:keeps_going(), jobserver = not self.options.jobs,
    readonly = self.readonly or nil, dry_run = self.readonly or nil,
    rerun = self.options.runs ~= nil, twice = self.options.check_determinism or false,
    cache = cache.dir, cache_size = cache.size,
    sandbox = sandbox_mode(self.options), no_starts = not self.progress:wants_starts(),
    observer = function(ev, key)
      if ev.event == "action" and ev.output ~= "" then self.told[tostring(key)] = true end
      self:observe(ev, key)
    end,
  }
  self.before = self.engine:version()
  self.progress.waiting = function() return self.engine:waiting() end
  core.on_interrupt(function(signum) self.signal = signum or uv.constants.SIGINT end)
  self.progress:begin()
end

---@param fn string  a node function whose argument is (label, configuration)
---@param label string
---@return any key
function Session:key(fn, label)
  return core.key(fn, { label, self.config })
end

---@return boolean
function Session:keeps_going()
  return self.options.keep_going ~= nil
end

--- CONFIGURED_TARGET of these labels, with their actions: those are listed under each target's
--- own part of the configuration.
---@param labels string[]
---@return table result  of the engine, for errors: by session:key("CONFIGURED_TARGET", label)
---@return table<string, table> values  by label
function Session:configured(labels)
  local keys, own = {}, {}
  for i, label in ipairs(labels) do keys[i] = self:key("CONFIGURED_TARGET", label) end
  local result, values = self:evaluate(keys, true), {}
  for i, label in ipairs(labels) do
    local value = result:value(keys[i])
    own[i] = value and core.key("CONFIGURED_TARGET", { value.label, value.config }) or keys[i]
    values[label] = value
  end
  local mine = self:evaluate(own, true)
  for i, label in ipairs(labels) do values[label] = mine:value(own[i]) or values[label] end
  return result, values
end

---@param keys any[]
---@param keep_going? boolean  default: --keep-going
---@return table result  of the engine
function Session:evaluate(keys, keep_going)
  if self.readonly then keep_going = true end
  if keep_going == nil then keep_going = self:keeps_going() end
  self.strays:starts()
  local result = self.engine:evaluate(keys, { keep_going = keep_going })
  self:count()
  self:warn(result.messages)
  return result
end

--- Shows stored warnings once: those of rules, and what actions said that are up to date now
--- (the output of an action that ran has been shown when it ended).
---@param messages { key: Key, text: string, fresh: boolean }[]
function Session:warn(messages)
  for _, m in ipairs(messages or {}) do
    local id = tostring(m.key) .. "\n" .. m.text
    if not self.warned[id] and not self.told[tostring(m.key)] then
      self.warned[id] = true
      local argument = m.key.argument
      local label = type(argument) == "table" and argument[1] or tostring(m.key)
      self:observe { event = "message", level = "warning", label = label,
        text = (m.text:gsub("%s+$", "")) }
    end
  end
end

--- Adds what the last evaluation did to the sum of this session.
function Session:count()
  local now, sum = self.engine:stats(), self.stats
  for _, name in ipairs { "evaluated", "checked", "pruned" } do
    sum[name] = sum[name] + now[name]
  end
  sum.total, sum.stat_calls = now.total, now.stat_calls
  local actions = now.fns.ACTION
  if actions then sum.actions = sum.actions + actions.done end
end

--- Text for people, above the status line.
---@param text string
function Session:say(text)
  self.progress:say(text)
end

--- What a question asked for: on standard output, unless the events stand there.
---@param text string
function Session:answer(text)
  if self.json ~= io.stdout then io.stdout:write(text) end
end

---@return { executed: integer, restored: integer, failed: integer, up_to_date: integer }
function Session:actions()
  local c = self.counts
  return {
    executed = c.executed, restored = c.restored, failed = c.failed,
    up_to_date = math.max(0, self.stats.actions - c.executed - c.restored),
  }
end

-- Removes what commands left beside their outputs.
local function sweep(self)
  self.strays:sweep(function(path) return self.engine:is_output(path) end, function(text, label)
    self:observe { event = "message", level = "warning", label = label, text = text }
  end)
end

--- Ends the status line, so that what follows is printed plainly.
function Session:quieten()
  self.progress:stop()
end

function Session:say_stats()
  local stats = self.stats
  self:say(("nodes: %d, of them %d evaluated, %d checked, %d pruned; %d stat calls\n"):format(
    stats.total, stats.evaluated, stats.checked, stats.pruned, stats.stat_calls))
end

--- Closes the engine and writes the last event.
---@param exit integer
---@return integer exit
function Session:close(exit)
  sweep(self)
  self:quieten()
  if self.signal then exit = 128 + self.signal end
  local stats = self.stats
  if self.options.verbose then self:say_stats() end
  self.events:write {
    event = "finished", exit = exit, wall = Events.seconds(self.events:elapsed()),
    actions = self:actions(),
    nodes = { total = stats.total, evaluated = stats.evaluated, checked = stats.checked,
      pruned = stats.pruned },
    stats = { stat_calls = stats.stat_calls },
  }
  if self.options.on_close then self.options.on_close(self) end
  self.engine:close()
  if type(self.held) == "userdata" then self.held:release() end
  if self.log then self.log:close(exit, self.events:elapsed()) end
  if self.trace then self.trace:close() end
  if self.json and self.json ~= io.stdout then self.json:close() end
  return exit
end

--- For xpcall: strings are bugs and get a trace, tables are errors of the machine.
---@param e any
---@return any
function M.traced(e)
  return type(e) == "string" and debug.traceback(e, 2) or e
end

--- Runs `work`, shows the mistake it returns, and closes the session.
---@param work fun(): integer?, UsageError?
---@return integer exit
function Session:guard(work)
  -- What is raised here is a bug, or the machine's fault as a table: caught so that the
  -- status line goes first.
  local ok, exit, err = xpcall(function()
    local wrong = self:bundles()
    if wrong then return nil, wrong end
    self:begin_log()
    return work()
  end, M.traced)
  if not ok then
    self:quieten()
    if type(exit) == "string" then error(exit, 0) end
    exit, err = nil, { exit = 36, code = exit.code, message = exit.message, hint = exit.hint }
  end
  if not exit then
    self:say(report.render(err, self.paint))
    self.events:error(err)
    exit = err.exit or 2
  end
  return self:close(exit)
end

return M
