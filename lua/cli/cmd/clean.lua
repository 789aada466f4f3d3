--- `skylua clean`: removes sky-out.
local core = require "core"
local place_of = require "cli.place"
local session = require "cli.session"
local uv = require "luv"

local M = {
  usage = "clean",
  summary = "remove sky-out; never needed for a right build",
  workspace = true,
}

---@param path string
---@return boolean ok
---@return string? why
local function remove(path)
  local stat, why = uv.fs_lstat(path)
  if not stat then return false, why end
  if stat.type ~= "directory" then return uv.fs_unlink(path) end
  -- A rule may leave a directory that its owner cannot write.
  uv.fs_chmod(path, 448)
  local entries
  entries, why = uv.fs_scandir(path)
  if not entries then return false, why end
  local name = uv.fs_scandir_next(entries)
  while name do
    local ok
    ok, why = remove(path .. "/" .. name)
    if not ok then return false, why end
    name = uv.fs_scandir_next(entries)
  end
  return uv.fs_rmdir(path)
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  if #options.targets > 0 then
    return nil, { message = "clean takes no targets",
      hint = "it removes all of sky-out; a build restores what is needed from the cache" }
  end
  local out = place.root .. "/sky-out"
  if not place_of.kind(out) then return 0 end
  if place_of.kind(out .. "/state") then
    local ok, holder = core.lock(out .. "/state/lock", session.who("clean", {}))
    if not ok then
      return nil, { exit = 36, message = ("another skylua is at work here (%s)"):format(holder),
        hint = "wait for its end, or stop it" }
    end
  end
  local ok, why = remove(out)
  if not ok then return nil, { exit = 36, message = "cannot remove sky-out: " .. tostring(why) } end
  return 0
end

return M
