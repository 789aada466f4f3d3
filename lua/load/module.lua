--- Lua libraries: text to live module. A live module (functions, rules, providers) belongs to one
--- Lua state; it is made again in any state that needs it, from the files that its MODULE value
--- names by digest, so that every state has the same one.
local build_env = require "load.build_env"
local context = require "util.context"
local core = require "core"
local label = require "model.label"
local place = require "util.place"
local protect = require "load.protect"
local repos = require "load.repos"
local rule = require "model.rule"
local seal = require "load.seal"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local target_ref = require "model.target_ref"

local M = {}

M.PRELUDE = "@sky//prelude.lua"

---@class Live
---@field digest string
---@field exports any
---@field rules table<string, RuleDef>
---@field functions table<string, function>
---@field seal any

local cache = {}      -- label -> Live, the last one only

-- ---- what a library returns ----

local function missing_export(module, content)
  return function(_, k)
    if type(k) ~= "string" then
      return nil
    end
    place.raise({ code = "E0223", message = ("%s has no '%s'"):format(module, k),
      hint = suggest.hint(k, sorted.keys(content))
        or "it returns " .. table.concat(sorted.keys(content), ", ") },
      { name = k, text = k })
  end
end

local function frozen_export(module)
  return function(_, k)
    place.raise({ code = "E0224",
      message = ("%s is frozen: '%s' cannot be set from here"):format(module, tostring(k)),
      hint = "a library is finished when its file has run" }, { name = tostring(k) })
  end
end

local function exports_of(module, result)
  if type(result) ~= "table" or debug.getmetatable(result) then
    return result
  end
  local content = {}
  for k, v in sorted.pairs(result) do
    if type(v) == "table" and debug.getmetatable(v) == nil then
      v = core.freeze(v, module .. "'s " .. tostring(k))
    end
    content[k] = v
  end
  local names = {}
  for k, v in sorted.pairs(content) do
    names[k] = v
  end
  return setmetatable(content, { __index = missing_export(module, names),
    __newindex = frozen_export(module), __metatable = false })
end

local function name_rules(c, exports)
  local renamed = {}
  if type(exports) == "table" then
    for k, v in core.pairs(exports) do
      local def = type(v) == "function" and type(k) == "string" and rule.def(v)
      if def and def.module == c.label and not renamed[def] then
        rule.rename(def, k)
        renamed[def] = true
      end
    end
  end
  local by_name = {}
  for _, def in ipairs(c.rules) do
    by_name[def.name] = by_name[def.name] or def
  end
  return by_name
end

-- ---- running the text ----

local function is_build_file(module)
  return module:find("/BUILD%.lua$") ~= nil
end

local function nothing() end

-- A BUILD.lua as a library: only the rules that it defines matter.
local function mute(c)
  c.declare = function(_, _, spec)
    return target_ref.new(c.pkg, type(spec) == "table" and tostring(spec.name) or "?")
  end
  c.glob = function() return {} end
  c.package, c.export_files, c.muted = nothing, nothing, true
end

---@param module string
---@param text string
---@return Context
local function new_context(module, text)
  local c = { kind = "module", label = module, pkg = label.module_dir(module), text = text,
    made = {}, rules = {}, functions = {} }
  if is_build_file(module) then
    mute(c)
  end
  return c
end

local function environment(prelude)
  return prelude and build_env.with_prelude(prelude) or build_env.plain()
end

-- Runs the text; returns the live module without a digest.
local function run(c, prelude)
  local chunk, message = load(c.text, "=" .. c.label, "t", environment(prelude))
  if not chunk then
    error(protect.syntax_error(c.label, c.text, message), 0)
  end
  context.texts[c.label] = c.text
  local ok, result = protect.call(c, chunk)
  -- a muted BUILD.lua may stumble over its empty globs, but only after its rules
  if not ok and not (c.muted and #c.rules > 0 and result.code ~= "E0204") then
    error(result, 0)
  end
  c.load = nil
  local exports = exports_of(c.label, ok and result or nil)
  local live = { exports = exports, rules = name_rules(c, exports), functions = c.functions }
  if c.label:sub(1, 6) ~= "@sky//" then
    live.seal = seal.new(c.label, live, c.rules)
  end
  return live
end

local function read_text(module, value)
  if module:sub(1, 6) == "@sky//" then
    return core.builtin(value.path)
  end
  return core.read(value.path, value.text)
end

local function load_again(c, module)
  local value = c.closure[module]
  return M.live(module, { digest = value.digest, text = value.text, path = value.path,
    closure = c.closure }).exports
end

--- The live module behind the value of a MODULE node.
---@param module string label
---@param value table
---@return Live
function M.live(module, value)
  local known = cache[module]
  if known and known.digest == value.digest then
    return known
  end
  local before = context.active
  local c = new_context(module, read_text(module, value))
  c.closure, c.load = value.closure, load_again
  local prelude
  if module:sub(1, 6) ~= "@sky//" then
    local p = value.closure[M.PRELUDE]
    prelude = M.live(M.PRELUDE, { digest = p.digest, text = p.text, path = p.path,
      closure = value.closure })
  end
  local live = run(c, prelude)
  live.digest = value.digest
  cache[module] = live
  context.active = before
  return live
end

-- ---- loading as part of a node ----

local function suggest_file(c, path)
  local dir, base = path:match("^(.*)/([^/]*)$")
  local listing = context.get(c.env, core.key("DIRECTORY_LISTING", dir or ""))
  local names = {}
  for _, entry in ipairs(listing.entries or {}) do
    if entry.name:find("%.lua$") and entry.name ~= "BUILD.lua" then
      names[#names + 1] = entry.name
    end
  end
  local best = suggest.best(base or path, names)
  return best and ("did you mean '//%s%s'?"):format(dir and dir .. "/" or "", best)
    or dir and listing.kind ~= "dir" and ("there is no directory '%s'"):format(dir) or nil
end

local function check_exists(c, module, text)
  if module:sub(1, 6) == "@sky//" then
    if not core.builtin("rules/" .. module:sub(7)) then
      place.raise({ code = "E0222", message = ("skylua ships no library '%s'"):format(module) },
        { text = text })
    end
    return
  end
  local path, why = repos.path(c.env, module)
  if not path then
    place.raise({ code = "E0241", message = why }, { text = text })
  end
  if context.get(c.env, core.key("FILE_KIND", path)) ~= "file" then
    place.raise({ code = "E0222", message = ("there is no library '%s'"):format(module),
      hint = suggest_file(c, path) }, { text = text })
  end
end

--- `load` of a file that runs in a node: the library becomes a dependency of the node.
---@param c Context
---@param module string
---@param text string as the user wrote it
---@return any exports
function M.load(c, module, text)
  check_exists(c, module, text)
  local value = context.get(c.env, core.key("MODULE", module))
  if not c.values[module] then
    c.loads[#c.loads + 1] = module
    c.values[module] = value
  end
  return M.live(module, value).exports
end

--- The prelude for user files, as a dependency of the node of `c`.
---@param c Context
---@return Live
function M.prelude(c)
  local value = context.get(c.env, core.key("MODULE", M.PRELUDE))
  c.values[M.PRELUDE] = value
  return M.live(M.PRELUDE, value)
end

local function add_closure(closure, module, value)
  closure[module] = { digest = value.digest, text = value.text, path = value.path }
  for k, v in core.pairs(value.closure) do
    closure[k] = { digest = v.digest, text = v.text, path = v.path }
  end
end

--- Runs a library in its MODULE node; the node's value.
---@param env table
---@param module string
---@param path string
---@param digest string of the text
---@param text string
---@return table
function M.compute(env, module, path, digest, text)
  local c = new_context(module, text)
  c.env, c.load, c.loads, c.values = env, M.load, {}, {}
  local prelude
  context.active = c
  if module:sub(1, 6) ~= "@sky//" then
    prelude = M.prelude(c)
  end
  local live = run(c, prelude)
  local closure, parts = {}, { digest }
  for loaded, value in sorted.pairs(c.values) do
    add_closure(closure, loaded, value)
    parts[#parts + 1] = loaded .. " " .. value.digest
  end
  live.digest = core.digest(table.concat(parts, "\n"))
  if not cache[module] or cache[module].digest ~= live.digest then
    cache[module] = live
  end
  return { digest = live.digest, text = digest, path = path, loads = c.loads, closure = closure }
end

--- Fails when code changed variables of one of these libraries after it was loaded.
---@param values table<string, table>  label -> value of its MODULE node
function M.check_sealed(values)
  for loaded, value in sorted.pairs(values) do
    local live = cache[loaded]
    if live and live.seal then
      seal.check(live.seal)
    end
    for below in core.pairs(value.closure) do
      live = cache[below]
      if live and live.seal then
        seal.check(live.seal)
      end
    end
  end
end

return M
