--- The directories below one that may hold packages of the same workspace.
local core = require "core"

local M = {}

--- Hidden directories and other workspaces are not part of this one.
---@param env table
---@param dir string
---@param is_root boolean
---@return string[] dirs   names
---@return boolean build   is it a package itself?
---@return string kind     of `dir`
function M.below(env, dir, is_root)
  local listing = env:get(core.key("DIRECTORY_LISTING", dir))
  local dirs, build = {}, false
  for _, entry in ipairs(listing.entries or {}) do
    if entry.name == "WORKSPACE.lua" and not is_root then
      return {}, false, listing.kind
    elseif entry.name == "BUILD.lua" and entry.kind ~= "dir" then
      build = true
    elseif entry.kind == "dir" and entry.name:sub(1, 1) ~= "." and entry.name ~= "sky-out" then
      dirs[#dirs + 1] = entry.name
    end
  end
  return dirs, build, listing.kind
end

return M
