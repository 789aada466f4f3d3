--- The object `ctx` of rule functions: its fields. Its methods: ctx_actions.lua, ctx_wait.lua.
local core = require "core"
local dep = require "nodes.dep"
local label = require "model.label"
local place = require "util.place"
local settings = require "nodes.settings"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local toolchains = require "nodes.toolchains"

local M = {}

local RUN = {}     -- hidden key of the state

--- name -> function(ctx, ...); filled by the files that have them
M.methods = {}

---@param ctx any
---@return Run
function M.run_of(ctx)
  local run = type(ctx) == "table" and rawget(ctx, RUN)
  if not run then
    place.raise { code = "E0238",
      message = "methods of ctx are called with a colon: ctx:run { ... }" }
  end
  return run
end

local function frozen(name)
  return function(_, k)
    place.raise({ code = "E0224",
      message = ("%s cannot be changed: '%s'"):format(name, tostring(k)) }, { name = tostring(k) })
  end
end

local function no_such(what, k, known)
  place.raise({ code = "E0225", message = ("%s has no '%s'"):format(what, tostring(k)),
    hint = suggest.hint(tostring(k), known) or "there is " .. table.concat(known, ", ") },
    { name = tostring(k) })
end

-- ---- ctx.attr, ctx.files, ctx.file, ctx.executable: made when they are looked at ----

local views = {}

local function wrap(run, key, entries)
  local a = run.def.attrs[key]
  local made = {}
  for i, entry in ipairs(entries) do
    made[i] = dep.new(entry)
  end
  if a.kind == "label" then
    return made[1]
  elseif a.kind == "label_dict" then
    local map = {}
    for name, entry in sorted.pairs(entries) do
      if type(name) == "string" then
        map[name] = dep.new(entry)
      end
    end
    return map
  end
  return made
end

function views.attr(run, key)
  local entries = run.entries[key]
  if entries then
    return wrap(run, key, entries)
  end
  local value = run.values[key]
  if value == nil and run.def.attrs[key].kind:find("^label_") then
    return {}
  end
  return value
end

local function all_files(run, key)
  local out = {}
  for _, entry in ipairs(run.entries[key] or {}) do
    local files = dep.files(entry)
    table.move(files, 1, #files, #out + 1, out)
  end
  return out
end

function views.files(run, key)
  return all_files(run, key)
end

function views.file(run, key)
  local files = all_files(run, key)
  if #files > 1 then
    place.raise({ code = "E0225",
      message = ("ctx.file.%s is one file, and '%s' has %d"):format(key, key, #files),
      hint = "use ctx.files." .. key }, { name = key })
  end
  return files[1]
end

function views.executable(run, key)
  local entry = (run.entries[key] or {})[1]
  return entry and dep.executable(entry)
end

local LABELS_ONLY = { files = true, file = true, executable = true }

local function view_metatable(name)
  return {
    __index = function(self, key)
      local run = rawget(self, RUN)
      local a = run.def.attrs[key]
      if not a or (LABELS_ONLY[name] and not a.kind:find("^label")) then
        no_such("ctx." .. name, key, run.def.names)
      end
      local value = views[name](run, key)
      if value ~= nil then
        rawset(self, key, value)
      end
      return value
    end,
    __newindex = frozen("ctx." .. name),
    __metatable = false,
  }
end

local metatables = {}
for name in sorted.pairs(views) do
  metatables[name] = view_metatable(name)
end

-- ---- the other fields ----

local fields = {
  name = function(run) return run.name end,
  label = function(run) return label.object(run.label) end,
  package = function(run) return run.pkg end,
  package_dir = function(run) return run.dir end,
  bin_dir = function(run) return run.bin_dir end,
  out_dir = function(run) return run.out_dir:sub(1, -2) end,
  root = function(run) return run.root end,
  config = settings.view,
}
for name, mt in sorted.pairs(metatables) do
  fields[name] = function(run)
    return setmetatable({ [RUN] = run }, mt)
  end
end

local Toolchain = {
  __index = function(self, name)
    local run = rawget(self, RUN)
    local value = toolchains.find(run, name)
    rawset(self, name, value)
    return value
  end,
  __newindex = frozen("ctx.toolchain"),
  __metatable = false,
}

function fields.toolchain(run)
  return setmetatable({ [RUN] = run }, Toolchain)
end

local Ctx = { __metatable = false, __newindex = frozen("ctx"), __name = "ctx" }

function Ctx.__index(self, k)
  local method = M.methods[k]
  if method then
    return method
  end
  local f = fields[k]
  if f then
    local value = f(rawget(self, RUN))
    rawset(self, k, value)
    return value
  end
  local known = sorted.keys(fields)
  table.move(sorted.keys(M.methods), 1, sorted.count(M.methods), #known + 1, known)
  no_such("ctx", k, known)
end

function Ctx.__tostring(self)
  return "ctx of " .. rawget(self, RUN).label
end

--- A ctx for one run.
---@param run Run
---@return any
function M.new(run)
  return setmetatable({ [RUN] = run }, Ctx)
end

--- Is x plain: a table the user made, or a frozen one?
---@param x any
---@return boolean
function M.is_table(x)
  return type(x) == "table" and (debug.getmetatable(x) == nil
    or (core.is_frozen(x) and not core.tag_of(x)))
end

return M
