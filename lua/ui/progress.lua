--- What a build says while it runs, on standard error.
-- plain: one line for each action that ran. rich: a status line and the longest
-- running actions below it, at most ten frames a second, each one write, none
-- before 300 ms. An action's output stands in one piece, after it.
local term = require "ui.term"
local uv = require "luv"

local M = {}

local FRAME_NS = 100 * 1000000
local QUIET_NS = 300 * 1000000
local SIGNALS = { "sighup", "sigint", "sigquit", "sigill", "sigtrap", "sigabrt", "sigbus", "sigfpe",
  "sigkill", "sigusr1", "sigsegv", "sigusr2", "sigpipe", "sigalrm", "sigterm", "sigxcpu",
  "sigxfsz", "sigsys" }

--- "SIGSEGV", or "signal 35".
---@param number integer
---@return string
function M.signal_name(number)
  for _, name in ipairs(SIGNALS) do
    if uv.constants[name:upper()] == number then return name:upper() end
  end
  return "signal " .. number
end

---@class ActionEvent
---@field event "start"|"action"
---@field label string
---@field config? string    id of the configuration
---@field index? integer    which action of the target it is
---@field mnemonic string
---@field message? string   what the rule says it does
---@field command? string
---@field console? boolean  it has the terminal from its start to its end
---@field outputs? string[]
---@field status? "executed"|"restored"|"failed"
---@field exit? integer
---@field signal? integer
---@field timed_out? boolean
---@field wall? number      seconds
---@field output? string    what it wrote
---@field test? string      how it ended, when it is a test
---@field timed_out? boolean
---@field error? string     why it failed, when it did not fail by itself

--- sky-out/bin/app/main.o stands as app/main.o, sky-out/bin-debug/x as debug:x.
---@param path string
---@return string
local function short(path)
  local rest = path:match("^sky%-out/bin/(.*)$")
  if rest then return rest end
  local config, file = path:match("^sky%-out/bin%-([^/]*)/(.*)$")
  return config and config .. ":" .. file or path
end

--- What the action does, in a few words.
---@param ev ActionEvent
---@return string
function M.describe(ev)
  if ev.message and ev.message ~= "" then return ev.message end
  local first = ev.outputs and ev.outputs[1]
  local mnemonic = ev.mnemonic or "action"
  return first and mnemonic .. " " .. short(first) or mnemonic
end

--- How a failed action ended.
---@param ev ActionEvent
---@return string
function M.ending(ev)
  if ev.timed_out then return "timed out" end
  if ev.signal and ev.signal ~= 0 then return "killed by " .. M.signal_name(ev.signal) end
  if ev.exit and ev.exit ~= 0 then return "exit code " .. ev.exit end
  return ev.error or "its result was refused"
end

---@class Progress
---@field style "rich"|"plain"|"none"
---@field paint Paint
---@field write fun(text: string)
---@field waiting? fun(): integer  how many actions wait to be started
local Progress = {}
Progress.__index = Progress

---@class ProgressOptions
---@field style string       of --progress
---@field term Term
---@field quiet? boolean
---@field show_commands? boolean
---@field write fun(text: string)

--- What the start and the end of one action have in common.
---@param ev ActionEvent
---@return string
local function identity(ev)
  local config, command = ev.config or "", ev.command or ""
  return table.concat({ ev.label or "", config, ev.mnemonic or "", command }, "\0")
end

---@param o ProgressOptions
---@return Progress
function M.new(o)
  local style = o.style
  if style == "auto" then
    style = o.term.tty and uv.os_getenv("TERM") ~= "dumb" and "rich" or "plain"
  end
  if o.quiet then style = "none" end
  return setmetatable({
    style = style, term = o.term, write = o.write, paint = term.painter(o.term.color),
    show_commands = o.show_commands, quiet = o.quiet,
    start = uv.hrtime(), drawn = 0, lines = 0,
    running = {}, executed = 0, restored = 0, failed = 0,
  }, Progress)
end

--- A timer keeps the status line moving while nothing happens.
function Progress:begin()
  if self.style ~= "rich" then return end
  term.open(self.term)
  self.timer = uv.new_timer()
  self.timer:start(300, 100, function() self:draw() end)
  self.timer:unref()
end

--- The end: the status line is wiped and no timer is left.
function Progress:stop()
  self:release()
  if not self.timer then return end
  self.timer:close()
  self.timer = nil
  term.close(self.term)
  -- libuv is done with the two only after one more turn of the loop.
  uv.run("nowait")
end

---@return string  control codes that wipe the frame on the screen
function Progress:wipe()
  if self.lines == 0 then return "" end
  local up = self.lines > 1 and ("\27[%dA"):format(self.lines - 1) or ""
  self.lines = 0
  return "\r" .. up .. "\27[J"
end

--- Prints a whole block above the status line, in one write; what comes while an action
--- has the terminal waits for its end.
---@param text string
function Progress:say(text)
  if self.held then
    self.held[#self.held + 1] = text
    return
  end
  text = self:wipe() .. text
  if text ~= "" then self.write(text) end
  self.drawn = 0
end

--- An action has the terminal now.
---@param id string
function Progress:hold(id)
  self:say("")
  self.held, self.holder = {}, id
end

--- It has ended, or everything has.
function Progress:release()
  local text = self.held and table.concat(self.held) or ""
  self.held, self.holder = nil, nil
  self:say(text)
end

---@param text string
---@param columns integer
---@return string
local function cut(text, columns)
  text = text:gsub("%c", " ")
  if #text < columns then return text end
  local at = utf8.offset(text, columns - 1)
  return at and text:sub(1, at - 1) or text
end

---@param now integer
---@return string
function Progress:frame(now)
  local columns, rows = term.size(self.term)
  local seconds = (now - self.start) // 1000000000
  local done = self.executed + self.restored + self.failed
  local waiting = self.waiting and self.waiting() or 0
  local parts = { ("%d/%d done"):format(done, done + #self.running + waiting),
    #self.running .. " running" }
  if self.restored > 0 then parts[#parts + 1] = self.restored .. " cached" end
  if self.failed > 0 then parts[#parts + 1] = self.failed .. " failed" end
  parts[#parts + 1] = ("%d:%02d"):format(seconds // 60, seconds % 60)
  local lines = { cut("[" .. table.concat(parts, ", ") .. "]", columns) }
  for i = 1, math.min(#self.running, rows // 3, 8) do
    local action = self.running[i]
    local took = ("%5.1fs  "):format((now - action.start) / 1e9)
    lines[#lines + 1] = cut("  " .. took .. action.text, columns)
  end
  self.next_lines = #lines
  return table.concat(lines, "\n")
end

--- Draws a frame when there is time for one.
function Progress:draw()
  local now = uv.hrtime()
  if self.held or self.style ~= "rich" then return end
  if now - self.start < QUIET_NS or now - self.drawn < FRAME_NS then return end
  local frame = self:frame(now)
  self.write(self:wipe() .. frame)
  self.lines, self.drawn = self.next_lines, now
end

--- Is it of any use to be told which actions start?
---@return boolean
function Progress:wants_starts()
  return self.style == "rich" or self.show_commands == true
end

---@param ev ActionEvent
function Progress:started(ev)
  if not self:wants_starts() and not ev.console then return end
  local text = ("%s  %s"):format(M.describe(ev), self.paint("dim", ev.label or ""))
  table.insert(self.running, { id = identity(ev), start = uv.hrtime(),
    text = ("%s  %s"):format(M.describe(ev), ev.label or "") })
  if self.show_commands and ev.command then self:say(text .. "\n  " .. ev.command .. "\n") end
  if ev.console then self:hold(identity(ev)) end
  self:draw()
end

---@param ev ActionEvent
function Progress:forget(ev)
  if #self.running == 0 then return end
  local id = identity(ev)
  if id == self.holder then self:release() end
  for i, action in ipairs(self.running) do
    if action.id == id then
      table.remove(self.running, i)
      return
    end
  end
end

--- An output that ends in a newline, or nothing. A test's output is its log, which
-- `skylua test` shows when it failed.
---@param ev ActionEvent
---@return string
local function block(ev)
  local text = not ev.test and ev.output or ""
  return (text == "" or text:sub(-1) == "\n") and text or text .. "\n"
end

--- With --show-commands a command's line stood at its start; at the end only its output is new.
---@param ev ActionEvent
---@return boolean
function Progress:told_at_start(ev)
  local silent = ev.status == "executed" and block(ev) == ""
  return silent and self.show_commands and (ev.command or "") ~= ""
end

---@param ev ActionEvent
function Progress:finished(ev)
  self:forget(ev)
  self[ev.status] = (self[ev.status] or 0) + 1
  local what = ("%s  %s"):format(M.describe(ev), self.paint("dim", ev.label or ""))
  if ev.status == "failed" then
    local command = ev.command and self.show_commands and "  " .. ev.command .. "\n" or ""
    self:say(("%s%s %s: %s: %s\n%s"):format(block(ev), self.paint("red", "FAILED"), ev.label,
      M.describe(ev), M.ending(ev), command))
  elseif self.style == "plain" and not self:told_at_start(ev) then
    local note = ev.status == "restored" and "  (restored)" or ""
    self:say(what .. note .. "\n" .. block(ev))
  elseif block(ev) ~= "" and not self.quiet then
    self:say(what .. "\n" .. block(ev))
  end
  self:draw()
end

--- A warning, of this build or kept with an up-to-date target.
---@param ev table  event "message"
function Progress:message(ev)
  if self.quiet and ev.level ~= "error" then return end
  local place = ev.file and ev.file .. (ev.line and ":" .. ev.line or "") .. ": " or ""
  local label = ev.label and ev.label .. ": " or ""
  local level = ev.level or "warning"
  local head = self.paint(level == "error" and "red" or "yellow", level .. ":")
  self:say(("%s %s%s%s\n"):format(head, place, label, ev.text))
end

--- Of a dry run.
---@param ev ActionEvent
---@return string
function Progress:would_run(ev)
  local command = self.show_commands and "  " .. (ev.command or "") .. "\n" or ""
  local what = ("would run: %s  %s"):format(M.describe(ev), self.paint("dim", ev.label or ""))
  return ("%s  (%s)\n%s"):format(what, ev.reason or "", command)
end

---@param ev table
function Progress:observe(ev)
  if ev.event == "start" then
    self:started(ev)
  elseif ev.event == "action" then
    self:finished(ev)
  elseif ev.event == "message" then
    self:message(ev)
  end
end

return M
