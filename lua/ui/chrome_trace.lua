--- --profile=FILE: the actions of a build for chrome://tracing or ui.perfetto.dev.
-- Each stands in the first lane that is free at its start.
local json = require "dkjson"
local uv = require "luv"

local M = {}

---@class ChromeTrace
---@field file file*
---@field start integer   ns
---@field ends number[]   by lane: when its last action ended, microseconds
---@field first boolean
local Trace = {}
Trace.__index = Trace

--- nil when the file cannot be written.
---@param path string
---@return ChromeTrace?
function M.new(path)
  local file = io.open(path, "w")
  if not file then return nil end
  local self = setmetatable({ file = file, start = uv.hrtime(), ends = {}, first = true }, Trace)
  file:write("[\n")
  self:put { ph = "M", name = "process_name", pid = 1, tid = 0, args = { name = "skylua" } }
  return self
end

---@param event table
function Trace:put(event)
  if not self.first then self.file:write(",\n") end
  self.first = false
  self.file:write(json.encode(event, { keyorder = { "ph", "name", "cat", "ts", "dur", "pid",
    "tid", "args", "label", "reason", "exit", "max_rss" } }))
end

---@param from number  microseconds
---@param to number
---@return integer
function Trace:lane(from, to)
  local lane = 1
  -- ends are seen a little late: half a millisecond is no overlap
  while self.ends[lane] and self.ends[lane] > from + 500 do lane = lane + 1 end
  self.ends[lane] = to
  return lane
end

---@param ev table  of the observer
function Trace:observe(ev)
  if ev.event ~= "action" then return end
  local to = (uv.hrtime() - self.start) / 1000
  local dur = math.max(1, (ev.wall or 0) * 1e6)
  local from = math.max(0, to - dur)
  local outputs = ev.outputs or {}
  local name = (ev.mnemonic or "action") .. " " .. (outputs[1] or ev.label or "")
  self:put { ph = "X", name = name, cat = ev.status, ts = math.floor(from), dur = math.floor(dur),
    pid = 1, tid = self:lane(from, to),
    args = { label = ev.label, reason = ev.reason, exit = ev.exit, max_rss = ev.max_rss } }
end

--- Ends the file; the first entry stands for the build as a whole.
function Trace:close()
  local dur = math.floor((uv.hrtime() - self.start) / 1000)
  self:put { ph = "X", name = "build", ts = 0, dur = dur, pid = 1, tid = 0 }
  self.file:write("\n]\n")
  self.file:close()
end

return M
