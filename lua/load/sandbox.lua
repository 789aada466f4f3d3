--- The names that user code sees of Lua itself: pure functions, in locked tables.
local core = require "core"
local patterns = require "load.patterns"
local place = require "util.place"
local suggest = require "util.suggest"
local sorted = require "util.sorted"
local util_err = require "util.err"

local M = {}

local MAX_STRING = 64 * 1024 * 1024
local MAX_MOVED = 10000000

--- Names that Lua has and user code has not -> what to use instead.
M.removed = {
  os = "a build does not look at the clock or the environment; use genrule's env or -D options",
  io = "list the file as an input of a rule; ctx:read(file) reads what a rule may read",
  require = 'use load "//dir/file.lua"',
  package_path = 'use load "//dir/file.lua"',
  debug = "it could reach what other files own",
  dofile = 'use load "//dir/file.lua"',
  loadfile = 'use load "//dir/file.lua"',
  loadstring = 'use load "//dir/file.lua"; code in strings is not run',
  collectgarbage = "memory takes care of itself",
  rawset = "tables are read and written with t[k]",
  rawget = "tables are read and written with t[k]",
  rawlen = "use #t",
  rawequal = "use ==",
  setmetatable = "write plain tables and functions; struct { ... } makes a named-field value",
  getmetatable = "write plain tables and functions",
  coroutine = "ctx:read and ctx:await wait for what they need by themselves",
  xpcall = "use pcall",
  unpack = "use table.unpack",
  _G = "globals are not shared between files; return what others shall load",
  _ENV = "globals are not shared between files; return what others shall load",
  module = 'return a table, and use load "//dir/file.lua"',
  warn = "use ctx:warn in a rule, or print",
}

M.removed_fields = {
  ["string.dump"] = "functions are not data",
  ["math.random"] = "the same files must always give the same build",
  ["math.randomseed"] = "the same files must always give the same build",
}

--- Names that others call what is called otherwise here, or stands elsewhere.
local ELSEWHERE = {
  add_executable = "a program is cc_binary { name = ..., srcs = { ... } }",
  executable = "a program is cc_binary { name = ..., srcs = { ... } }",
  add_library = "a library is cc_library { name = ..., srcs = { ... } }",
  static_library = "a library is cc_library { name = ..., srcs = { ... } }",
  shared_library = "that is cc_shared_library",
  add_test = "a test is cc_test, sh_test, lua_test, or py_test of @sky//python.lua",
  custom_target = "a command is genrule { name = ..., outs = { ... }, cmd = ... }",
  workspace = "it stands in WORKSPACE.lua", repo = "it stands in WORKSPACE.lua",
  option = "it stands in WORKSPACE.lua", toolchain = "it stands in WORKSPACE.lua",
  ctx = "it is what a rule's function is given: impl = function(ctx) ... end",
  null = "nothing is nil", None = "nothing is nil", True = "it is true", False = "it is false",
}
for name, file in sorted.pairs { py_library = "python", py_binary = "python", py_test = "python",
  tar = "archive", zip = "archive", unpack = "archive", cc_embed = "embed" } do
  ELSEWHERE[name] = ('local %s = load "@sky//%s.lua", and %s.%s { ... }'):format(file, file, file,
    name)
end

-- ---- replaced functions ----

local function safe_tostring(x)
  local t = type(x)
  if t == "table" or t == "userdata" then
    local mt = debug.getmetatable(x)
    local f = mt and (mt.__tostring or core.tag_of(x) and tostring)
    if f then
      return f(x)
    end
    return core.is_depset(x) and "depset" or "table"
  elseif t == "function" or t == "thread" then
    return t
  end
  return tostring(x)
end

local function safe_type(x)
  local t = type(x)
  if t == "table" or t == "userdata" then
    local tag = core.tag_of(x)
    if tag then
      return tag:match("^[^:]*")
    end
    return core.is_depset(x) and "depset" or "table"
  end
  return t
end

local function rethrow(e)
  return util_err.is(e) or (type(e) ~= "string" and type(e) ~= "table")
end

local function pcall_result(ok, e, ...)
  if not ok and rethrow(e) then
    error(e, 0)
  end
  return ok, e, ...
end

-- The engine's errors and the build's own pass through; only Lua errors are caught.
local function safe_pcall(f, ...)
  return pcall_result(pcall(f, ...))
end

local function safe_rep(s, n, sep)
  local size = #tostring(s) + #(sep or "")
  if math.type(n) == "integer" and n > 0 and size > 0 and n > MAX_STRING // size then
    error(("string.rep: the result is larger than %d MiB"):format(MAX_STRING >> 20), 2)
  end
  return string.rep(s, n, sep)
end

-- The usual arguments need no second look; a missing one is Lua's to complain about.
local PLAIN = { string = true, number = true, boolean = true, ["nil"] = true }

local function safe_format(format, ...)
  local a, b, c = ...
  if select("#", ...) <= 3 and PLAIN[type(a)] and PLAIN[type(b)] and PLAIN[type(c)]
    and type(format) == "string" and not format:find("p", 1, true) then
    return string.format(format, ...)
  end
  if type(format) == "string" and format:find("%%[^%a%%]*p") then
    error("string.format: '%p' is not available: addresses differ in every run", 2)
  end
  local n = select("#", ...)
  local args
  for i = 1, n do
    local t = type((select(i, ...)))
    if t == "table" or t == "function" or t == "userdata" then
      args = args or { ... }
      args[i] = safe_tostring(args[i])
    end
  end
  if args then
    return string.format(format, table.unpack(args, 1, n))
  end
  return string.format(format, ...)
end

-- An object that finds its content out when all of it is asked for.
local function whole(t)
  local mt = type(t) == "table" and debug.getmetatable(t)
  return mt and mt.__whole and mt.__whole(t) or t
end

-- ctx and its like: what they have is found when it is asked for, so there is nothing to walk.
local function refuse_objects(t)
  if type(t) ~= "table" or debug.getmetatable(t) == nil or core.is_frozen(t) then
    return
  end
  for k in next, t do
    if type(k) == "table" then
      place.raise({ code = "E0238", message = "pairs: this is neither a list nor a map",
        hint = "ask for its fields by name; `skylua help ctx` shows them" }, { call = "pairs" })
    end
  end
end

local function safe_pairs(t)
  t = whole(t)
  refuse_objects(t)
  return core.pairs(t)
end

local function safe_move(from, first, last, at, to)
  if math.type(first) == "integer" and math.type(last) == "integer"
    and last - first > MAX_MOVED then
    error(("table.move: more than %d elements"):format(MAX_MOVED), 2)
  end
  return table.move(from, first, last, at, to or from)
end

-- Lua's own order differs from run to run.
local function safe_next(t, k)
  t = whole(t)
  if k == nil and core.next(t) == nil then
    return nil
  end
  local found = k == nil
  for key, value in core.pairs(t) do
    if found then
      return key, value
    end
    found = key == k
  end
  return nil
end

local function copy_library(lib, without)
  local out = {}
  for k, v in sorted.pairs(lib) do
    if not without[k] then
      out[k] = v
    end
  end
  return out
end

-- ---- locked tables ----

local function missing(name, content)
  return function(_, k)
    local full = name .. "." .. tostring(k)
    if M.removed_fields[full] then
      place.raise({ code = "E0202", message = ("'%s' is not available"):format(full),
        hint = M.removed_fields[full] }, { name = k })
    end
    place.raise({ code = "E0201", message = ("undefined name '%s'"):format(full),
      hint = suggest.hint(tostring(k), sorted.keys(content)) }, { name = tostring(k) })
  end
end

local function locked(name, content)
  setmetatable(content, { __index = missing(name, content) })
  return setmetatable({}, {
    __index = content,
    __newindex = function(_, k)
      place.raise({ code = "E0224",
        message = ("'%s' is frozen: '%s' cannot be set"):format(name, tostring(k)) },
        { name = tostring(k) })
    end,
    __metatable = false,
  })
end

M.locked = locked

local function libraries()
  local str = copy_library(string, { dump = true })
  str.rep, str.format = safe_rep, safe_format
  str.find, str.match, str.gmatch, str.gsub = patterns.find, patterns.match, patterns.gmatch,
    patterns.gsub
  local tables = copy_library(table, {})
  tables.move = safe_move
  -- methods of strings stay without the error for unknown names: trusted code shares them
  local methods = copy_library(str, {})
  return {
    string = locked("string", str),
    table = locked("table", tables),
    math = locked("math", copy_library(math, { random = true, randomseed = true })),
    utf8 = locked("utf8", copy_library(utf8, {})),
  }, methods
end

local libs, string_methods = libraries()

--- Locks what all code of this state shares: the metatable of strings. Once per state.
function M.lock()
  local mt = debug.getmetatable("")
  mt.__index = string_methods
  mt.__metatable = false
end

--- A new table of the pure names.
---@return table<string, any>
function M.names()
  return {
    ipairs = ipairs, pairs = safe_pairs, next = safe_next, assert = assert, error = error,
    pcall = safe_pcall, type = safe_type, tostring = safe_tostring, tonumber = tonumber,
    string = libs.string, table = libs.table, math = libs.math, utf8 = libs.utf8,
    _VERSION = _VERSION,
  }
end

local function undefined(names, k)
  if M.removed[k] then
    place.raise({ code = "E0202", message = ("'%s' is not available here"):format(k),
      hint = M.removed[k] }, { name = k })
  end
  place.raise({ code = "E0201", message = ("undefined name '%s'"):format(tostring(k)),
    hint = ELSEWHERE[k] or suggest.hint(tostring(k), sorted.keys(names)) }, { name = tostring(k) })
end

local function assigned(k)
  place.raise({ code = "E0203", message = ("assignment to the global '%s'"):format(tostring(k)),
    hint = ("write: local %s = ..."):format(tostring(k)) }, { name = tostring(k) })
end

--- The metatable of environments that have `names`.
---@param names table<string, any>
---@return table
function M.env_metatable(names)
  setmetatable(names, { __index = function(_, k) undefined(names, k) end })
  return {
    __index = names,
    __newindex = function(_, k) assigned(k) end,
    __metatable = false,
  }
end


M.tostring = safe_tostring

return M
