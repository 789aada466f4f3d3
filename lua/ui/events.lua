--- --json: one line for each event, its fields in a fixed order.
local json = require "dkjson"
local uv = require "luv"

local M = {}

local ORDER = {
  "event", "t", "command", "targets", "jobs", "version", "label", "kind", "mnemonic", "outputs",
  "status", "cached", "run",
  "exit", "signal", "wall", "max_rss", "reason", "log", "level", "code", "text", "file",
  "line", "column", "actions", "nodes", "stats", "executed", "restored", "failed", "up_to_date",
  "total", "evaluated", "checked", "pruned", "stat_calls",
}
local STATE = { keyorder = ORDER }

M.null = json.null

--- Seconds with six digits, so that 0.1 stands as 0.1.
---@param s number
---@return number
function M.seconds(s)
  return math.floor(s * 1e6 + 0.5) / 1e6
end

--- A list that stays a list in JSON when it is empty.
---@param list any[]
---@return any[]
function M.list(list)
  return setmetatable(list, { __jsontype = "array" })
end

---@class Events
---@field out file*?
---@field start integer  ns
local Events = {}
Events.__index = Events

--- Writes to `out`, or nowhere when it is nil.
---@param out file*?
---@return Events
function M.new(out)
  return setmetatable({ out = out, start = uv.hrtime() }, Events)
end

---@return number  seconds since start
function Events:elapsed()
  return (uv.hrtime() - self.start) / 1e9
end

--- The event as it may stand in JSON: bytes that are not UTF-8 become "?", and
-- fields that ORDER does not know are a mistake of ours.
---@param value any
---@return any
local function clean(value)
  if type(value) == "string" then
    return utf8.len(value) and value or (value:gsub("[\128-\255]", "?"))
  elseif type(value) ~= "table" or value == json.null then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  if #value > 0 then
    for i, v in ipairs(value) do copy[i] = clean(v) end
    return copy
  end
  for _, name in ipairs(ORDER) do copy[name] = clean(value[name]) end
  return copy
end

---@param event table  with the field `event`; `t` is added
function Events:write(event)
  if not self.out then return end
  event.t = M.seconds(self:elapsed())
  self.out:write(json.encode(clean(event), STATE), "\n")
  self.out:flush()
end

---@param err Error
---@param label? string
function Events:error(err, label)
  self:write {
    event = "message", level = "error", code = err.code, text = err.message,
    file = err.file and (err.file:gsub("^//", "")), line = err.line, column = err.column,
    label = label or err.label,
  }
end

return M
