--- A world for one spec: node functions from a text, leaves that can be changed, and
-- what ran.
--
--   local g = world.new([[
--     F.COPY = function(env, name) return env:get(k("LEAF", name)) end
--   ]])
--   g:put("a", "1")
--   local r = g:eval(g.key("COPY", "a"))
--   assert.same({ "COPY:a", "LEAF:a" }, r.ran)
--
-- LEAF:name is a file's text, read when it is computed: put() changes the file and
-- tells nobody, mark() invalidates the leaf, set() does both. The functions can
-- look at files behind the engine's back too, with peek(name).
local sky = require "skylua"

local M = {}

---@class World
---@field engine any
---@field dir string
---@field key fun(name: string, argument: any): any
local World = {}
World.__index = World

local PRELUDE = [[
local sky = require "skylua"
local k, F, DIR = sky.key, {}, %q
local function peek(name)
  local f = io.open(DIR .. "/" .. name, "rb")
  if not f then return nil end
  local text = f:read("a")
  f:close()
  return text
end
local function leaf(env, name) return env:get(k("LEAF", name)) end
F.LEAF = { hermetic = false, compute = function(_, name)
  local text = peek(name)
  if text == nil then error({ message = "no leaf " .. name, code = "NOLEAF" }) end
  return text
end }
-- luacheck: push ignore
local _ = leaf
]]

local POSTLUDE = [[

-- luacheck: pop
for name, f in sky.pairs(F) do
  local compute = type(f) == "table" and f.compute or f
  local function logged(env, arg)
    env:event(tostring(env:key()))
    return compute(env, arg)
  end
  F[name] = type(f) == "table" and { hermetic = f.hermetic, compute = logged } or logged
end
return F
]]

local worlds = {}

---@param path string
---@param text string
local function write(path, text)
  local f = _G.assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

--- The variants a behaviour is run in.
M.variants = {
  { name = "coroutine", evaluators = 0 },
  { name = "3 evaluators", evaluators = 3, seed = 11 },
}
M.restart = { name = "restart", evaluators = 0, mode = "restart" }
M.restart3 = { name = "restart, 3 evaluators", evaluators = 3, mode = "restart", seed = 5 }

---@param text string     node functions: F.NAME = function(env, argument) ... end
---@param variant? table  of M.variants
---@param options? table  more options of sky.engine
---@return World
function M.new(text, variant, options)
  local dir = os.tmpname()
  os.remove(dir)
  _G.assert(os.execute("mkdir " .. dir))
  local self = setmetatable({ dir = dir, key = sky.key, events = {} }, World)
  worlds[#worlds + 1] = self
  write(dir .. "/functions.lua", PRELUDE:format(dir) .. text .. POSTLUDE)
  variant = variant or M.variants[1]
  self.options = {
    functions = dir .. "/functions.lua", evaluators = variant.evaluators, mode = variant.mode,
    seed = variant.seed,
    observer = function(event) self.events[#self.events + 1] = event end,
  }
  for name, value in sky.pairs(options or {}) do self.options[name] = value end
  self.engine = sky.engine(self.options)
  return self
end

--- Closes the engine and makes another one (with the same store, if any).
function World:reopen()
  self.engine:close()
  self.engine = sky.engine(self.options)
end

--- Removes all worlds: for after_each.
function M.close_all()
  for _, w in ipairs(worlds) do
    w.engine:close()
    os.execute("rm -rf " .. w.dir)
  end
  worlds = {}
end

--- Changes a file that leaves (and peek) read; nil removes it.
---@param name string
---@param text? string
function World:put(name, text)
  if text then write(self.dir .. "/" .. name, text) else os.remove(self.dir .. "/" .. name) end
end

--- The leaves must be computed anew.
---@param ... string
function World:mark(...)
  local keys = {}
  for i, name in ipairs { ... } do keys[i] = sky.key("LEAF", name) end
  self.engine:invalidate(keys)
end

---@param name string
---@param text? string
function World:set(name, text)
  self:put(name, text)
  self:mark(name)
end

local function names(keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = tostring(key) end
  return list
end

--- Evaluates keys ("NAME" stands for NAME:nil); options may come last. The result has
-- `ran` besides: the bodies entered, sorted (a restart counts again), and `order`.
---@param ... any
---@return table result
function World:eval(...)
  local args, options = { ... }, nil
  if type(args[#args]) == "table" then options = table.remove(args) end
  for i, a in ipairs(args) do
    if type(a) == "string" then args[i] = sky.key(a) end
  end
  self.events = {}
  local r = self.engine:evaluate(args, options)
  r.order, r.ran = self.events, {}
  for _, event in ipairs(self.events) do
    if type(event) == "string" then r.ran[#r.ran + 1] = event end
  end
  table.sort(r.ran)
  r.keys = args
  return r
end

--- evaluate(), and the value of the first key; an error is raised.
---@param ... any
---@return any
function World:value(...)
  local r = self:eval(...)
  local err = r:error(r.keys[1])
  if err then error("no value: " .. err.message, 2) end
  return r:value(r.keys[1])
end

--- What the engine knows of a node; `groups` and `rdeps` as names.
---@param key any  a key or a name
---@return table?
function World:node(key)
  local n = self.engine:node(type(key) == "string" and sky.key(key) or key)
  if not n then return nil end
  local groups = {}
  for i, group in ipairs(n.groups) do groups[i] = table.concat(names(group), " ") end
  n.groups, n.rdeps = groups, names(n.rdeps)
  return n
end

M.names = names

--- Declares one `it` for each variant.
---@param name string                    "C01 change pruning"
---@param fn fun(new: fun(text: string, options?: table): World, variant: table)
---@param ... table                      further variants than M.variants
function M.behaviour(name, fn, ...)
  local variants = table.move(M.variants, 1, #M.variants, 1, {})
  for _, more in ipairs { ... } do variants[#variants + 1] = more end
  M.only(name, fn, table.unpack(variants))
end

--- Declares one `it` for each of these variants.
---@param name string
---@param fn fun(new: fun(text: string, options?: table): World, variant: table)
---@param ... table
function M.only(name, fn, ...)
  for _, variant in ipairs { ... } do
    _G.it(name .. " (" .. variant.name .. ")", function()
      fn(function(text, options) return M.new(text, variant, options) end, variant)
    end)
  end
end

return M
