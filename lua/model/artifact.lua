--- Artifacts: files (and directories) that rules work with, as tagged data.
--- Fields: path, owner (label text; nil for a source), config, index (of the action), dir.
local core = require "core"
local path = require "util.path"
local place = require "util.place"
local suggest = require "util.suggest"

local M = {}

local FIELDS = { "path", "owner", "basename", "dirname", "extension", "stem", "is_source",
  "is_directory", "short_path" }

local computed = {
  basename = function(a) return path.basename(a.path) end,
  dirname = function(a) return path.dirname(a.path) end,
  extension = function(a) return path.extension(a.path) end,
  stem = function(a) return path.stem(a.path) end,
  is_source = function(a) return a.owner == nil end,
  is_directory = function(a) return a.dir == true end,
  short_path = function(a) return a.owner and a.path:match("^sky%-out/[^/]+/(.*)$") or a.path end,
}

local RAW = { path = true, owner = true, config = true, index = true, dir = true }

local methods = {}

function methods.__tostring(a)
  return a.path
end

function methods.__missing(a, k)
  local f = computed[k]
  if f then
    return f(a)
  end
  if RAW[k] or type(k) == "number" then
    return nil
  end
  place.raise({ code = "E0225", message = ("a file has no field '%s'"):format(tostring(k)),
    hint = suggest.hint(tostring(k), FIELDS) or "it has " .. table.concat(FIELDS, ", ") },
    { name = tostring(k) })
end

core.tag("artifact", methods)

--- A file that no action makes.
---@param file string path
---@return any
function M.source(file)
  return core.make("artifact", { path = file })
end

---@param file string
---@param owner string label text
---@param config string
---@param index integer
---@param dir? boolean
---@return any
function M.output(file, owner, config, index, dir)
  return core.make("artifact", { path = file, owner = owner, config = config, index = index,
    dir = dir or nil })
end

--- The key that makes the artifact (or looks at the source).
---@param a any
---@return any key
function M.key(a)
  local raw = core.raw(a)
  if raw.owner then
    return core.key("ACTION", { raw.owner, raw.config, raw.index })
  end
  return core.key("FILE", raw.path)
end

---@param x any
---@return boolean
function M.is(x)
  return core.tag_of(x) == "artifact"
end

return M
