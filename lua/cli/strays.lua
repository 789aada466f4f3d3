--- Files that commands left beside their outputs, and that no action declares: when the build
-- ends and nothing runs any more they are told of and removed. A build must not rest on them.
local uv = require "luv"

local M = {}

--- Targets that are named when it could have been one of several.
local NAMED = 3

--- Stamps of files lag behind the clock by as much, in seconds.
local TICK = 0.004

---@class Strays
---@field root string
---@field began? number                    when commands began to run
---@field dirs table<string, string[]>     directory -> labels whose commands wrote there
---@field order string[]
local Strays = {}
Strays.__index = Strays

---@return number
local function wall()
  local sec, usec = uv.gettimeofday()
  return sec + usec / 1e6
end

---@param root string
---@return Strays
function M.new(root)
  return setmetatable({ root = root, dirs = {}, order = {} }, Strays)
end

--- From now on commands run.
function Strays:starts()
  self.began = self.began or wall() - TICK
end

--- An action has run.
---@param ev table
function Strays:saw(ev)
  for _, path in ipairs(ev.outputs or {}) do
    local dir = path:match "^(.*)/[^/]*$"
    local labels = self.dirs[dir]
    if not labels then
      labels = {}
      self.dirs[dir] = labels
      self.order[#self.order + 1] = dir
    end
    if labels[#labels] ~= ev.label and #labels <= NAMED then labels[#labels + 1] = ev.label end
  end
end

---@param path string
---@param began number
---@return boolean  it was made in this build
local function is_new(path, began)
  local stat = uv.fs_lstat(path)
  return stat ~= nil and stat.ctime.sec + stat.ctime.nsec / 1e9 >= began
end

---@param labels string[]
---@return string
local function who(labels)
  if #labels == 1 then return labels[1] end
  table.sort(labels)                     -- not in the order in which they happened to end
  local shown = table.concat(labels, ", ", 1, math.min(#labels, NAMED))
  return "one of " .. shown .. (#labels > NAMED and ", ..." or "")
end

--- Removes them; tell(text, label) for each, in order of names.
---@param is_output fun(path: string): boolean
---@param tell fun(text: string, label: string?)
function Strays:sweep(is_output, tell)
  table.sort(self.order)
  for _, dir in ipairs(self.order) do
    local found = {}
    local entries = uv.fs_scandir(self.root .. "/" .. dir)
    local name, kind
    if entries then name, kind = uv.fs_scandir_next(entries) end
    while name do
      local path = dir .. "/" .. name
      if (kind == "file" or kind == "link") and not is_output(path)
        and is_new(self.root .. "/" .. path, self.began or math.huge) then
        found[#found + 1] = path
      end
      name, kind = uv.fs_scandir_next(entries)
    end
    table.sort(found)
    local labels = self.dirs[dir]
    for _, path in ipairs(found) do
      uv.fs_unlink(self.root .. "/" .. path)
      tell(("'%s' was left by the command of %s, which does not declare it; it is removed"):format(
        path, who(labels)), #labels == 1 and labels[1] or nil)
    end
  end
end

return M
