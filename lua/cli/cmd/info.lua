--- `skylua info`: where things are and what is in force.
local cache_of = require "cli.cache"
local config = require "model.config"
local config_of = require "cli.config"
local core = require "core"
local suggest = require "util.suggest"
local uv = require "luv"

local M = {
  usage = "info [name]",
  summary = "where things are, and which settings are in force",
  examples = { "skylua info", "skylua info root" },
  workspace = true,
}

---@param path string
---@return integer bytes
local function size_of(path)
  local stat = uv.fs_lstat(path)
  if not stat then return 0 end
  if stat.type ~= "directory" then return stat.size end
  local sum, entries = 0, uv.fs_scandir(path)
  local name = entries and uv.fs_scandir_next(entries)
  while name do
    sum = sum + size_of(path .. "/" .. name)
    name = uv.fs_scandir_next(entries)
  end
  return sum
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local settings, err = config_of.settings(options.mode, options.define)
  if not settings then return nil, err end
  local id = config_of.id(settings)
  local cache
  cache, err = cache_of.find(options.cache)
  if not cache then return nil, err end
  local out = place.root .. "/sky-out"
  local rows = {
    { "version", core.version },
    { "root", place.root },
    { "package", "//" .. place.pkg },
    { "output", place.root .. "/" .. config.bin_dir(id) },
    { "state", out .. "/state" },
    { "state_size", tostring(size_of(out .. "/state")) },
    { "log", out .. "/state/build.log" },
    { "cache", cache.dir or "off" },
    { "cache_size", tostring(cache.size) },
    { "mode", settings.mode or "fastbuild" },
    { "config", id == "" and "default" or id },
    { "jobs", tostring(options.jobs and options.jobs > 0 and options.jobs or core.cpus()) },
    { "evaluators", tostring(options.evaluators or core.cpus()) },
  }
  local wanted = options.targets[1]
  if options.targets[2] then return nil, { message = "info takes one name" } end
  local names = {}
  for i, row in ipairs(rows) do
    names[i] = row[1]
    if row[1] == wanted then
      io.stdout:write(row[2], "\n")
      return 0
    end
  end
  if wanted then
    return nil, { message = ("info knows no '%s'"):format(wanted),
      hint = suggest.hint(wanted, names) or "one of: " .. table.concat(names, ", ") }
  end
  for _, row in ipairs(rows) do io.stdout:write(("%-11s %s\n"):format(row[1], row[2])) end
  return 0
end

return M
