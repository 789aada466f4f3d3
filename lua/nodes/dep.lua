--- A configured target as rule code sees it: dep.label, dep.files, dep[CcInfo].
local artifact = require "model.artifact"
local core = require "core"
local label = require "model.label"
local place = require "util.place"
local provider = require "model.provider"
local suggest = require "util.suggest"

local M = {}

local FIELDS = { "label", "name", "package", "files", "executable", "runfiles", "providers" }

local ENTRY = {}

local function info(self)
  local entry = rawget(self, ENTRY)
  if entry.target then
    return entry.target.providers.DefaultInfo
  end
  local made = entry.info
  if not made then
    made = provider.DefaultInfo { files = { entry.source } }
    entry.info = made
  end
  return made
end

local fields = {
  label = function(self) return label.object(rawget(self, ENTRY).label) end,
  name = function(self)
    local _, name = label.split(rawget(self, ENTRY).label)
    return name
  end,
  package = function(self) return (label.split(rawget(self, ENTRY).label)) end,
  files = function(self) return info(self).files end,
  runfiles = function(self) return info(self).runfiles end,
  executable = function(self) return info(self).executable end,
}

--- All provider instances, for rules that hand them on.
local function providers(self)
  local entry = rawget(self, ENTRY)
  if not entry.target then
    return { info(self) }
  end
  local out = {}
  for _, instance in core.pairs(entry.target.providers) do
    out[#out + 1] = instance
  end
  return out
end

local Dep = { __name = "target", __metatable = false }

function Dep.__index(self, k)
  if type(k) == "function" then
    local def = provider.def(k)
    if def then
      if def.id == "DefaultInfo" then
        return info(self)
      end
      local target = rawget(self, ENTRY).target
      return target and target.providers[def.id]
    end
  end
  if k == "providers" then
    return providers
  end
  local f = fields[k]
  if f then
    return f(self)
  end
  place.raise({ code = "E0225", message = ("a target has no field '%s'"):format(tostring(k)),
    hint = type(k) == "string" and suggest.hint(k, FIELDS)
      or "use a provider, dep[CcInfo], or one of label, name, package, files, executable" },
    { name = tostring(k) })
end

function Dep.__newindex()
  place.raise { code = "E0224", message = "a target cannot be changed" }
end

function Dep.__tostring(self)
  return rawget(self, ENTRY).label
end

function Dep.__eq(a, b)
  return rawget(a, ENTRY).label == rawget(b, ENTRY).label
end

--- Wraps an entry {label, source = artifact} or {label, target = value of CONFIGURED_TARGET}.
---@param entry table
---@return any
function M.new(entry)
  return setmetatable({ [ENTRY] = entry }, Dep)
end

---@param x any
---@return table? entry
function M.entry(x)
  if debug.getmetatable(x) == Dep then
    return rawget(x, ENTRY)
  end
end

--- The files of an entry, in order.
---@param entry table
---@return any[]
function M.files(entry)
  if entry.source then
    return { entry.source }
  end
  if entry.only then
    return { entry.only }
  end
  return entry.target.files:to_list()
end

--- The file to run, of an entry.
---@param entry table
---@return any?
function M.executable(entry)
  if entry.source then
    return entry.source
  end
  local exe = entry.target.providers.DefaultInfo.executable
  if exe then
    return exe
  end
  local files = M.files(entry)
  return #files == 1 and files[1] or nil
end

--- An entry for a source file.
---@param text string label
---@param path string
---@return table
function M.source(text, path)
  return { label = text, source = artifact.source(path) }
end

return M
