--- Prints values and the engine's trace in the words of the demo, and keeps what a trace
-- alone can tell: who has waited for whom.
local M = {}

--- The values of the demo, printed like its Python objects.
local FORMS = {
  FileStateValue = function(v) return ("'%s', content='%s'"):format(v.path, v.content) end,
  FileValue = function(v) return ("'%s'"):format(v.path) end,
  ArtifactValue = function(v) return ("'%s'"):format(v.path) end,
  ArtifactNestedSetValue = function(v)
    local paths = {}
    for i, artifact in ipairs(v.artifacts) do paths[i] = ("'%s'"):format(artifact.path) end
    return ("[%s]"):format(table.concat(paths, ", "))
  end,
  V = function(v) return v.name end,
}

---@param value table
---@return string
function M.value(value)
  return ("%s(%s)"):format(value.type, FORMS[value.type](value))
end

---@param keys Key[]
---@return string
function M.keys(keys)
  local names = {}
  for i, key in ipairs(keys) do names[i] = tostring(key) end
  return table.concat(names, ", ")
end

---@class Watch
---@field print fun(text: string)
---@field step integer
---@field open Key[]                    enqueued and not done, in that order
---@field waits table<Key, Key[]>       what a key waited for when it last did
---@field waited_by table<Key, Key[]>   who has waited for a key, in that order
---@field remaining table<Key, integer>
local Watch = {}
Watch.__index = Watch

--- Watches an engine: `trace = function(event) watch:see(event) end`.
---@param loud boolean  print what is seen
---@return Watch
function M.watch(loud)
  return setmetatable({ print = loud and print or function() end, step = 0, open = {}, waits = {},
    waited_by = {}, remaining = {} }, Watch)
end

---@param list Key[]
---@param key Key
local function add(list, key)
  for _, known in ipairs(list) do
    if known == key then return end
  end
  list[#list + 1] = key
end

---@param list Key[]
---@param key Key
local function remove(list, key)
  for i, known in ipairs(list) do
    if known == key then return table.remove(list, i) end
  end
end

local SEEN = {}

function SEEN.enqueued(watch, event)
  add(watch.open, event.key)
  watch.print(("      enqueued %s"):format(event.key))
end

function SEEN.dequeued(watch, event)
  watch.step = watch.step + 1
  watch.print(("[%d] %s  [dequeued]"):format(watch.step, event.key))
end

function SEEN.cached(watch, event)
  SEEN.enqueued(watch, event)
  watch.step = watch.step + 1
  watch.print(("[%d] %s -> cached"):format(watch.step, event.key))
end

function SEEN.waiting(watch, event)
  watch.waits[event.key], watch.remaining[event.key] = event.deps, #event.deps
  for _, dep in ipairs(event.deps) do
    watch.waited_by[dep] = watch.waited_by[dep] or {}
    add(watch.waited_by[dep], event.key)
  end
  watch.print(("      -> %s is WAITING"):format(event.key))
  watch.print(("      waiting on %d deps: [%s]"):format(#event.deps, M.keys(event.deps)))
end

function SEEN.done(watch, event)
  remove(watch.open, event.key)
  watch.print("      done: " .. M.value(event.value))
end

function SEEN.failed(watch, event)
  remove(watch.open, event.key)
  watch.print(("      -> %s has FAILED: %s"):format(event.key, event.error.message))
end

function SEEN.signal(watch, event)
  watch.remaining[event.parent] = event.remaining
  watch.print(("      signal %s (%d remaining)"):format(event.parent, event.remaining))
end

function SEEN.ready(watch, event)
  watch.print(("      -> %s is READY (enqueued)"):format(event.key))
end

---@param event TraceEvent
function Watch:see(event)
  local seen = SEEN[event.event]
  if seen then seen(self, event) end
end

return M
