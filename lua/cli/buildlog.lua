--- The event log of the last build: sky-out/state/build.log, for why, log and --profile.
-- One line for each action that ran, written when it ends, so that a crash loses
-- nothing that was shown; a line without its newline is not read. Fields stand
-- between tabs; control characters and "%" stand as %09. The log before it is kept
-- when it is the newest in which something ran.
local uv = require "luv"

local M = {}

M.PATH = "sky-out/state/build.log"
M.BEFORE = "sky-out/state/build-before.log"

local HEADER = "skylua-log 1"
--- Beyond the first, command lines are left out; beyond the second, actions.
local MAX_COMMANDS, MAX_BYTES = 16 << 20, 64 << 20

---@class LoggedAction
---@field status string    executed, restored or failed
---@field t number         seconds since the start of the build, at its end
---@field wall number      seconds
---@field max_rss integer  KiB
---@field exit integer
---@field signal integer   0: none
---@field label string
---@field config string
---@field index integer    of the action in its target
---@field mnemonic string
---@field reason string
---@field outputs string[]
---@field command string   "" when the log was too large for it

---@class BuildLog
---@field time integer     seconds since 1970
---@field command string   build, test, run
---@field mode string
---@field config string
---@field words string[]   as the user gave them
---@field exit? integer    nil when it was cut off
---@field wall? number
---@field actions LoggedAction[]
---@field left_out integer  actions for which there was no room

-- ---- writing ----

---@param text string
---@return string
local function escape(text)
  if not text:find("[%c%%]") then return text end
  return (text:gsub("[%c%%]", function(c) return ("%%%02X"):format(c:byte()) end))
end

---@param text string
---@return string
local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

---@class LogWriter
---@field file? file*   nil after a failure: a log must not fail a build
---@field size integer
---@field left_out integer
local Writer = {}
Writer.__index = Writer

---@param line string
function Writer:write(line)
  if not self.file then return end
  self.size = self.size + #line
  if not self.file:write(line) then
    self.file:close()
    self.file = nil
  end
end

--- Did something run in the build of this log? Its head is enough to know.
---@param path string
---@return boolean
local function has_actions(path)
  local file = io.open(path, "rb")
  if not file then return false end
  local head = file:read(16384) or ""
  file:close()
  return head:find("\nA\t", 1, true) ~= nil
end

---@param root string
---@param about { command: string, mode: string, config: string, words: string[] }
---@return LogWriter
function M.create(root, about)
  local path = root .. "/" .. M.PATH
  if has_actions(path) then uv.fs_rename(path, root .. "/" .. M.BEFORE) end
  local file = io.open(path, "wb")
  if file then file:setvbuf("no") end
  local self = setmetatable({ file = file, size = 0, left_out = 0 }, Writer)
  local words = {}
  for i, word in ipairs(about.words) do
    words[i] = escape(word)
    if i == 100 then break end
  end
  self:write(table.concat({ HEADER, os.time(), about.command, about.mode, about.config,
    table.concat(words, "\t") }, "\t") .. "\n")
  return self
end

---@param ev ActionEvent
---@param index integer
---@param reason string
---@param t number  seconds since the start
function Writer:action(ev, index, reason, t)
  if not self.file then return end
  if self.size > MAX_BYTES then
    self.left_out = self.left_out + 1
    return
  end
  local fields = { "A", ev.status, ("%.6f"):format(t), ("%.6f"):format(ev.wall or 0),
    ev.max_rss or 0, ev.exit or 0, ev.signal or 0, escape(ev.label), escape(ev.config or ""),
    index, escape(ev.mnemonic or ""), escape(reason),
    self.size > MAX_COMMANDS and "" or escape(ev.command or "") }
  for i, path in ipairs(ev.outputs or {}) do fields[13 + i] = escape(path) end
  self:write(table.concat(fields, "\t") .. "\n")
end

---@param exit integer
---@param wall number
function Writer:close(exit, wall)
  if not self.file then return end
  self:write(("E\t%d\t%.6f\t%d\n"):format(exit, wall, self.left_out))
  if self.file then self.file:close() end
  self.file = nil
end

-- ---- reading ----

---@param line string
---@return string[]
local function split(line)
  local fields, n, escaped = {}, 0, line:find("%", 1, true)
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do
    n = n + 1
    fields[n] = escaped and unescape(field) or field
  end
  return fields
end

---@param f string[]
---@return LoggedAction?
local function read_action(f)
  local index = math.tointeger(tonumber(f[10]))
  if #f < 13 or not index then return nil end
  return { status = f[2], t = tonumber(f[3]) or 0, wall = tonumber(f[4]) or 0,
    max_rss = tonumber(f[5]) or 0, exit = math.tointeger(tonumber(f[6])) or 0,
    signal = math.tointeger(tonumber(f[7])) or 0, label = f[8], config = f[9], index = index,
    mnemonic = f[11], reason = f[12], command = f[13], outputs = table.move(f, 14, #f, 1, {}) }
end

---@param path string
---@return BuildLog?  nil when there is none, or it is of another version
function M.read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a") or ""
  file:close()
  local log
  for line in text:gmatch("([^\n]*)\n") do
    local f = split(line)
    if not log then
      if f[1] ~= HEADER or #f < 5 then return nil end
      log = { time = math.tointeger(tonumber(f[2])) or 0, command = f[3], mode = f[4],
        config = f[5], words = table.move(f, 6, #f, 1, {}), actions = {}, left_out = 0 }
      if log.words[1] == "" then log.words = {} end
    elseif f[1] == "A" then
      log.actions[#log.actions + 1] = read_action(f)
    elseif f[1] == "E" then
      log.exit, log.wall = math.tointeger(tonumber(f[2])), tonumber(f[3])
      log.left_out = math.tointeger(tonumber(f[4])) or 0
    end
  end
  return log
end

--- The log of the last build.
---@param root string
---@return BuildLog?
function M.last(root)
  return M.read_file(root .. "/" .. M.PATH)
end

--- The newest log in which something ran.
---@param root string
---@return BuildLog?
function M.last_that_ran(root)
  local log = M.last(root)
  if log and #log.actions == 0 then return M.read_file(root .. "/" .. M.BEFORE) or log end
  return log
end

--- "skylua build //app:app, 5 minutes ago"
---@param log BuildLog
---@return string
function M.title(log)
  local words = { "skylua", log.command, table.unpack(log.words) }
  local age, unit = os.time() - log.time, "second"
  if age >= 172800 then
    age, unit = age // 86400, "day"
  elseif age >= 7200 then
    age, unit = age // 3600, "hour"
  elseif age >= 120 then
    age, unit = age // 60, "minute"
  end
  local ago = age < 1 and "just now" or ("%d %s%s ago"):format(age, unit, age == 1 and "" or "s")
  return ("%s, %s"):format(table.concat(words, " "), ago)
end

return M
