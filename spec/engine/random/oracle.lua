--- A plain recursive evaluator for the functions of the random test: no graph, no
-- threads, no memory of earlier rounds.
local functions = require "spec.engine.random.functions"
local make_fork = require "skylua.fork"

local M = {}

---@class Outcome
---@field value any
---@field message? string    of an error
---@field cycle? boolean     in error for a cycle
---@field failed? boolean    strict: something below is in error
---@field groups string[][]  what it asked for, in order
---@field warnings string[]

---@class Oracle
---@field state table        programs, leaves, world, injected
---@field strict boolean     failing fast: an error below cannot be handled
---@field done table<any, Outcome>
---@field messages table<string, boolean>  strict: first errors that can be met
---@field cycles boolean     strict: a cycle can be met
local Oracle = {}
Oracle.__index = Oracle

local PASS = {}    -- raised through a function that may not see what happened

---@class FakeEnv
local Env = {}
Env.__index = Env

local RUNNING = {}

---@param state table
---@param strict boolean
---@return Oracle
function M.new(state, strict)
  return setmetatable({ state = state, strict = strict, done = {}, messages = {}, cycles = false },
    Oracle)
end

local function leaf_outcome(oracle, key)
  local j, state = key.argument, oracle.state
  local value, message
  if key.name == "L" then
    value, message = state.leaves[j], "no leaf " .. j
  elseif key.name == "W" then
    value, message = state.world[j], "world " .. j
    if value == "!" then value = nil end
  else
    value, message = state.programs[j], "no program " .. j
  end
  return { value = value, message = value == nil and message or nil, groups = {}, warnings = {} }
end

local function finish(oracle, env, ok, result)
  local out = { groups = env.groups, warnings = env.warnings }
  if env.cycle then
    out.cycle = true
  elseif env.failed then
    out.failed = true
  elseif not ok then
    if type(result) ~= "table" then error(result, 0) end
    out.message = result.message
  elseif result == nil then
    out.message = env.dep_error
  else
    out.value = result
  end
  if oracle.strict and out.message then out.failed = true end
  if out.cycle then out.warnings = {} end
  return out
end

---@param key any
---@return Outcome
function Oracle:eval(key)
  local known = self.done[key]
  if known == RUNNING then
    self.cycles = true
    return { cycle = true }
  end
  if known then return known end
  self.done[key] = RUNNING
  local out
  if key.name ~= "N" then
    out = leaf_outcome(self, key)
  elseif self.state.injected[key.argument] then
    out = { value = self.state.injected[key.argument], groups = {}, warnings = {} }
  else
    local env = setmetatable({ oracle = self, groups = {}, seen = {}, warnings = {} }, Env)
    out = finish(self, env, pcall(functions.N.compute, env, key.argument))
  end
  if out.message then self.messages[out.message] = true end
  self.done[key] = out
  return out
end

-- ---- the env ----

--- Asks for one group, in the main function.
local function ask(env, list)
  local group, answers = {}, {}
  for i, key in ipairs(list) do
    if not env.seen[key] then
      env.seen[key] = true
      group[#group + 1] = tostring(key)
    end
    answers[i] = env.oracle:eval(key)
  end
  if #group > 0 then env.groups[#env.groups + 1] = group end
  for _, out in ipairs(answers) do
    if out.cycle then env.cycle = true end
    if env.oracle.strict and (out.failed or out.message) then env.failed = true end
  end
  if env.cycle or env.failed then error(PASS, 0) end
  local entries = {}
  for i, out in ipairs(answers) do
    if out.message then
      entries[i] = { error = { message = out.message } }
    else
      entries[i] = { value = out.value }
    end
  end
  return entries
end

local branches = setmetatable({}, { __mode = "k" })

local function entries_of(env, list, raises)
  if env.cycle or env.failed then error(PASS, 0) end
  if branches[coroutine.running()] then return coroutine.yield(list, raises) end
  return ask(env, list)
end

local fork, join = make_fork {
  resume = coroutine.resume,
  branch = function(_, fn)
    local co = coroutine.create(fn)
    branches[co] = true
    return co
  end,
  children = function(env)
    env.children = env.children or { open = 0 }
    return env.children
  end,
  batch = function(env, list) return entries_of(env, list, false) end,
  stop = function() error "the oracle is never stopped" end,
}
Env.fork, Env.join = fork, join

function Env:get_all(list)
  local entries, values = entries_of(self, list, true), {}
  for i, entry in ipairs(entries) do
    if entry.error then error(entry.error, 0) end
    values[i] = entry.value
  end
  return values
end

function Env:get_all_or_error(list)
  return entries_of(self, list, false)
end

function Env:get(key)
  return self:get_all({ key })[1]
end

function Env:get_or_error(key)
  local entry = self:get_all_or_error({ key })[1]
  return entry.value, entry.error
end

function Env:try_all(list)
  local values = {}
  for i, entry in ipairs(entries_of(self, list, false)) do
    if entry.error then
      self.missing, self.dep_error = true, self.dep_error or entry.error.message
    end
    values[i] = entry.value
  end
  return values
end

function Env:values_missing()
  return self.missing == true
end

function Env:warn(text) self.warnings[#self.warnings + 1] = text end
function Env:event() return self end

-- ---- for comparing ----

--- Warnings below the roots, each node once, dependencies first.
---@param roots any[]
---@return string[]
function Oracle:all_warnings(roots)
  local met, list, by_name = {}, {}, self:names()
  local function walk(name)
    local out = by_name[name]
    if met[name] or not out then return end
    met[name] = true
    for _, group in ipairs(out.groups or {}) do
      for _, dep in ipairs(group) do walk(dep) end
    end
    table.move(out.warnings or {}, 1, #(out.warnings or {}), #list + 1, list)
  end
  for _, root in ipairs(roots) do walk(tostring(root)) end
  return list
end

--- All outcomes by the printed key.
---@return table<string, Outcome>
function Oracle:names()
  local names = {}
  -- A table by name: the order of filling it does not matter.
  for key, out in pairs(self.done) do names[tostring(key)] = out end
  return names
end

return M
