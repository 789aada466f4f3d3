--- Where the user stands: the workspace's root and the current directory in it.
local uv = require "luv"

local M = {}

---@class Place
---@field cwd string   absolute
---@field root string  absolute; the nearest directory upwards with a WORKSPACE.lua
---@field pkg string   cwd relative to root, "" for the root itself

---@param path string
---@return string? kind  "file", "directory", ...
function M.kind(path)
  local stat = uv.fs_stat(path)
  return stat and stat.type
end

---@param dir string
---@return string? root
local function root_of(dir)
  while true do
    if M.kind(dir == "/" and "/WORKSPACE.lua" or dir .. "/WORKSPACE.lua") then return dir end
    if dir == "/" then return nil end
    dir = dir:match("^(.*)/[^/]+$")
    if dir == "" then dir = "/" end
  end
end

---@param directories string[]  the -C flags, each relative to the one before
---@return Place?
---@return UsageError?
function M.find(directories)
  for _, dir in ipairs(directories) do
    local ok, why = uv.chdir(dir)
    if not ok then return nil, { message = ("cannot go to '%s': %s"):format(dir, why) } end
  end
  local cwd, why = uv.cwd()
  if not cwd then return nil, { message = "the current directory is gone: " .. tostring(why) } end
  local root = root_of(cwd)
  if root then
    local pkg = root == "/" and cwd:sub(2) or cwd:sub(#root + 2)
    return { cwd = cwd, root = root, pkg = pkg }
  end
  return nil, {
    message = "there is no WORKSPACE.lua in this directory or above it",
    hint = M.kind(cwd .. "/BUILD.lua") and "make this directory the root: touch WORKSPACE.lua"
      or "go to your workspace, or make one: touch WORKSPACE.lua BUILD.lua",
  }
end

return M
