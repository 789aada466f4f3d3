--- The names that BUILD.lua files and libraries see, besides Lua's own (load/sandbox.lua).
local attr = require "model.attr"
local context = require "util.context"
local core = require "core"
local depset = require "model.depset"
local label = require "model.label"
local place = require "util.place"
local provider = require "model.provider"
local rule = require "model.rule"
local sandbox = require "load.sandbox"
local select_value = require "model.select"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

local function only_in(what, where)
  place.raise({ code = "E0234", message = ("%s can be called only while %s runs"):format(what,
    where) }, { call = what })
end

-- ---- load ----

local function pick(exports, names, module)
  local out = {}
  for i, name in ipairs(names) do
    if type(exports) ~= "table" or type(name) ~= "string" then
      place.raise({ code = "E0223", message = ("%s returns %s, which has no names"):format(module,
        util_err.kind(exports)) }, { call = "load" })
    end
    out[i] = exports[name]
  end
  return table.unpack(out, 1, #names)
end

-- How the label was probably meant.
local function module_hint(text, pkg)
  local meant = text:find("%.lua$") and text or text .. ".lua"
  for _, try in ipairs { meant, "//" .. meant:gsub("^%.?/+", "") } do
    if try ~= text and label.module(try, pkg) then
      return ('write load "%s"'):format(try)
    end
  end
end

local function load_library(text, ...)
  local c = context.active
  if not c or not c.load then
    place.raise({ code = "E0234", message = "load can be called only while a file is loaded",
      hint = "load at the top of the file, and use what it returned in functions" },
      { call = "load" })
  end
  if type(text) ~= "string" then
    place.raise({ code = "E0222", message = "load wants the label of a file, not "
      .. util_err.kind(text), hint = 'write load "//dir/file.lua"' }, { call = "load" })
  end
  local module, why = label.module(text, c.pkg)
  if not module then
    place.raise({ code = "E0222", message = ("cannot load '%s': %s"):format(text, why),
      hint = module_hint(text, c.pkg) }, { text = text })
  end
  local exports = c.load(c, module, text)
  if exports == nil then
    place.raise({ code = "E0223", message = module .. " returns nothing",
      hint = "a library ends with what it gives to others: return { name = name }" },
      { text = text })
  end
  if select("#", ...) > 0 then
    return pick(exports, { ... }, module)
  end
  return exports
end

-- ---- select, both of them ----

local function select_either(first, ...)
  local t = type(first)
  if t == "number" or first == "#" then
    return select(first, ...)
  end
  if t == "table" and debug.getmetatable(first) == nil then
    return select_value.draft(first)
  end
  place.raise({ code = "E0231", message = "select wants a table of cases, not "
    .. util_err.kind(first), hint = 'write select { ["//conf:debug"] = ..., default = ... }' },
    { call = "select" })
end

-- ---- functions of packages ----

local function in_package(name)
  return function(spec)
    local c = context.active
    local f = c and c[name]
    if not f then
      only_in(name, "a BUILD.lua")
    end
    return f(c, spec)
  end
end

-- ---- struct ----

core.tag("struct", {
  __tostring = function() return "struct" end,
  __missing = function(obj, k)
    if type(k) == "number" then
      return nil
    end
    local names = {}
    for name in core.pairs(core.raw(obj)) do
      names[#names + 1] = tostring(name)
    end
    place.raise({ code = "E0225", message = ("this struct has no field '%s'"):format(tostring(k)),
      hint = suggest.hint(tostring(k), names) }, { name = tostring(k) })
  end,
})

local function struct(fields)
  local ok, why = type(fields) == "table", "it wants a table"
  if ok then
    ok, why = core.check(fields)
  end
  if not ok then
    place.raise({ code = "E0238", message = "struct holds plain data only: " .. tostring(why) },
      { call = "struct" })
  end
  local copy = {}
  for k, v in core.pairs(fields) do
    copy[k] = v
  end
  return core.make("struct", copy)
end

-- ---- node_function, print ----

local function node_function(name, f)
  local c = context.active
  if not c or not c.functions then
    only_in("node_function", "a library is loaded")
  end
  if type(name) ~= "string" or type(f) ~= "function" then
    place.raise({ code = "E0238", message = "node_function wants a name and a function",
      hint = 'node_function("WORDS", function(ctx, arg) ... end)' }, { call = "node_function" })
  end
  if c.functions[name] then
    place.raise({ code = "E0238",
      message = ("there is a node function '%s' already"):format(name) },
      { call = "node_function" })
  end
  c.functions[name] = f
  local module = c.label
  return function(arg)
    local ok, why = core.check(arg)
    if not ok then
      place.raise({ code = "E0238",
        message = ("the argument of a key is plain data: %s"):format(why) })
    end
    return core.key("LIBRARY", { module, name, arg })
  end
end

local function print_warning(...)
  local c = context.active
  local words = {}
  for i = 1, select("#", ...) do
    words[i] = sandbox.tostring((select(i, ...)))
  end
  local top = place.frames(2)[1]
  local text = (top and top.file .. ":" .. top.line .. ": " or "") .. table.concat(words, "\t")
  if c and c.warn then
    c.warn(c, text)
  elseif c and c.env then
    c.env:warn(text)
  end
end

-- ---- the tables ----

local function base_names()
  local names = sandbox.names()
  names.load = load_library
  names.select = select_either
  names.rule = rule.define
  names.provider = provider.define
  names.attr = sandbox.locked("attr", attr.constructors)
  names.depset = depset.new
  names.struct = struct
  names.node_function = node_function
  names.DefaultInfo = provider.DefaultInfo
  names.TestInfo = provider.TestInfo
  names.glob = in_package("glob")
  names.package = in_package("package")
  names.export_files = in_package("export_files")
  names.print = print_warning
  return names
end

local plain_metatable = sandbox.env_metatable(base_names())

--- An environment without the prelude: for the shipped libraries.
---@return table
function M.plain()
  return setmetatable({}, plain_metatable)
end

local with_prelude = {}   -- digest of the prelude -> metatable

--- An environment with the prelude's names.
---@param prelude { digest: string, exports: table }
---@return table
function M.with_prelude(prelude)
  local mt = with_prelude[prelude.digest]
  if not mt then
    local names = base_names()
    for k, v in sorted.pairs(prelude.exports) do
      names[k] = v
    end
    mt = sandbox.env_metatable(names)
    with_prelude[prelude.digest] = mt
  end
  return setmetatable({}, mt)
end

--- An environment for WORKSPACE.lua: `extra` and Lua's own names.
---@param extra table<string, any>
---@return table
function M.workspace(extra)
  local names = sandbox.names()
  names.print = print_warning
  for k, v in sorted.pairs(extra) do
    names[k] = v
  end
  return setmetatable({}, sandbox.env_metatable(names))
end

return M
