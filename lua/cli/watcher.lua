--- Waits for changes of a build's inputs, by inotify on their directories.
local path_of = require "util.path"
local uv = require "luv"

local M = {}

--- A burst of changes (a save, a checkout) is one; but it is waited for at most so long.
local SETTLE_MS, PATIENCE_MS = 50, 1000
--- Stamps of files may lie a tick before the clock.
local TICK_NS = 10000000

---@class Watcher
---@field root string
---@field handles table<string, table>   by directory
---@field count integer                  of them
---@field inputs table<string, boolean>  files that are read, or looked for
---@field listed table<string, boolean>  directories whose names matter
---@field changed boolean
---@field began integer                  ns since 1970
local Watcher = {}
Watcher.__index = Watcher

---@param root string
---@return Watcher
function M.new(root)
  return setmetatable({ root = root, handles = {}, count = 0, inputs = {}, listed = {},
    changed = false, began = 0 }, Watcher)
end

--- A round begins: what changes from here on counts.
function Watcher:begin()
  local seconds, micros = uv.gettimeofday()
  self.began = seconds * 1000000000 + micros * 1000 - TICK_NS
  self.changed = false
end

--- Is it part of the workspace, or of a repository beside it?
---@param path string
---@return boolean
local function is_ours(path)
  return path:sub(1, 1) ~= "/" and path ~= "sky-out" and path:sub(1, 8) ~= "sky-out/"
end

---@param dir string
---@param name? string
function Watcher:event(dir, name)
  local path = name and path_of.join(dir, name)
  if not path or self.inputs[path] then
    self.changed = true
  elseif self.listed[dir] and is_ours(path) and name:sub(1, 1) ~= "." then
    self.changed = true
  end
  if self.changed and self.on_change then self.on_change() end
end

--- Watches a directory; where it is not there, the nearest above it.
---@param dir string
---@return UsageError?
---@return boolean? new
function Watcher:add(dir)
  while dir ~= "" and not uv.fs_stat(path_of.join(self.root, dir)) do dir = path_of.dirname(dir) end
  if self.handles[dir] then return nil, false end
  local handle = uv.new_fs_event()
  local ok, why, name = handle:start(path_of.join(self.root, dir), {}, function(err, file)
    -- without a name, or when the kernel's queue ran over: anything may have changed
    self:event(dir, not err and file or nil)
  end)
  if not ok then
    handle:close()
    if name == "ENOENT" then return nil, false end
    return { exit = 36, message = ("cannot watch '%s': %s"):format(dir == "" and "." or dir, why),
      hint = name == "ENOSPC" and "raise fs.inotify.max_user_watches with sysctl" or nil }
  end
  self.handles[dir] = handle
  self.count = self.count + 1
  return nil, true
end

--- Was it written since the round began? Then the round may not have seen it.
---@param path string
---@return boolean
function Watcher:is_fresh(path)
  local stat = uv.fs_lstat(path_of.join(self.root, path))
  return stat ~= nil and stat.ctime.sec * 1000000000 + stat.ctime.nsec > self.began
end

--- Watches the directories of all that the engine has looked at.
---@param engine Engine
---@return UsageError?
function Watcher:follow(engine)
  local new = {}
  for _, key in ipairs(engine:keys()) do
    local name = key.name
    local path = (name == "FILE_STATE" or name == "DIRECTORY_LISTING") and key.argument
    if path and is_ours(path) then
      local dir = name == "FILE_STATE" and path_of.dirname(path) or path
      if name == "FILE_STATE" then self.inputs[path] = true else self.listed[path] = true end
      local err, is_new = self:add(dir)
      if err then return err end
      new[dir] = new[dir] or is_new
      if new[dir] and name == "FILE_STATE" and self:is_fresh(path) then self.changed = true end
    end
  end
end

--- Until something has changed and is quiet again; nil, or the signal that ends it.
---@param on_interrupt fun(fn: fun(signum: integer))
---@return integer? signum
function Watcher:wait(on_interrupt)
  local timer, signum, over = uv.new_timer(), nil, false
  local first
  local function settle()
    first = first or uv.now()
    local left = math.max(0, math.min(SETTLE_MS, first + PATIENCE_MS - uv.now()))
    timer:stop()
    timer:start(left, 0, function() over = true end)
  end
  self.on_change = settle
  on_interrupt(function(number) signum = number end)
  if self.changed then settle() end
  while not over and not signum do uv.run("once") end
  self.on_change = nil
  timer:close()
  return signum
end

--- Ends all watches.
function Watcher:close()
  -- the order of closing is nobody's business
  for _, handle in require("util.sorted").pairs(self.handles) do handle:close() end
  self.handles = {}
end

return M
