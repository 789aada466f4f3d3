--- Runs one random program on an engine and on the oracle, and says what differs.
local Oracle = require "spec.engine.random.oracle"
local sky = require "skylua"
local uv = require "luv"

local M = {}

local FUNCTIONS = "spec/engine/random/functions.lua"
--- Changes of a dependency that an engine need not remember (graph/past.h).
local REMEMBERED = 12

---@class Run
---@field c table             configuration
---@field state table         what the oracle looks at
---@field engine any
---@field last table<string, table<string, string>>  node -> dependency -> its value then
---@field seen table<string, string>      node -> value, when it was last up to date
---@field changes table<string, integer>  node -> how often that has changed
---@field since table<string, table<string, integer>>  node -> dependency -> changes then
---@field stale table<string, boolean>    must be computed, whatever it depends on
---@field transient table<string, boolean>  in error, to be tried again when told so
local Run = {}
Run.__index = Run

local function key(name, argument) return sky.key(name, argument) end

function Run:open()
  self.engine = sky.engine {
    functions = FUNCTIONS, evaluators = self.c.evaluators, mode = self.c.mode, seed = self.c.seed,
    store = self.c.store and self.dir .. "/state" or nil,
    observer = function(event)
      if event.ran then self.ran[#self.ran + 1] = event.ran end
      self.countdown = self.countdown and self.countdown - 1
      if self.countdown == 0 then self.engine:interrupt() end
    end,
  }
end

---@param program table
---@return Run
local function new_run(program)
  local self = setmetatable({
    c = program.config, ran = {}, last = {}, seen = {}, changes = {}, since = {}, stale = {},
    transient = {},
    state = { leaves = {}, world = {}, programs = {}, injected = {} },
  }, Run)
  if self.c.store then
    self.dir = os.tmpname()
    os.remove(self.dir)
    assert(os.execute("mkdir " .. self.dir))
  end
  for j = 1, self.c.world do self.state.world[j] = 0 end
  for j = 1, self.c.world do uv.os_setenv("SKYLUA_SPEC_" .. j, "0") end
  self:open()
  return self
end

-- ---- operations ----

local OPS = {}

function OPS.leaf(self, op)
  self.engine:inject(key("L", op[2]), op[3])
  self.state.leaves[op[2]] = op[3]
end

function OPS.world(self, op)
  uv.os_setenv("SKYLUA_SPEC_" .. op[2], tostring(op[3]))
  self.state.world[op[2]] = op[3]
  self.engine:invalidate { key("W", op[2]) }
end

--- What was wrong with the world is so no longer: nobody says which.
function OPS.heal(self)
  for j = 1, self.c.world do
    if self.state.world[j] == "!" then
      uv.os_setenv("SKYLUA_SPEC_" .. j, "3")
      self.state.world[j] = 3
    end
  end
  self.engine:invalidate_errors()
  for name, is in pairs(self.transient) do self.stale[name] = self.stale[name] or is or nil end
end

function OPS.program(self, op)
  self.engine:inject(key("P", op[2]), op[3])
  self.state.programs[op[2]] = op[3]
end

function OPS.inject(self, op)
  local node = self.engine:node(key("N", op[2]))
  local value = op[3] % 3 == 0 and { v = op[3] } or op[3]
  self.engine:inject(key("N", op[2]), value)
  if node and #node.groups > 0 then
    self.stale["N:" .. op[2]] = true        -- it is computed from those instead
  else
    self.state.injected[op[2]] = value
  end
end

function OPS.invalidate(self, op)
  self.engine:invalidate { key(op[2], op[3]) }
  self.stale[op[2] .. ":" .. op[3]] = true
  if op[2] == "L" then self.state.leaves[op[3]] = nil end
  if op[2] == "N" then self.state.injected[op[3]] = nil end
end

function OPS.delete(self, op)
  self.engine:delete { key(op[2], op[3]) }
  if op[2] == "L" then self.state.leaves[op[3]] = nil end
  if op[2] == "N" then self.state.injected[op[3]] = nil end
  for i = 1, self.c.nodes do
    if not self.engine:node(key("N", i)) then self.last["N:" .. i] = nil end
  end
end

function OPS.reopen(self)
  if not self.c.store then return end
  for i = 1, self.c.nodes do
    local name = "N:" .. i
    local node = self.engine:node(key("N", i))
    -- only what is up to date and no error must have been kept
    if not node or node.state ~= "done" or node.error then self.last[name] = nil end
  end
  self.engine:close()
  self:open()
  for i = 1, self.c.nodes do
    local node = self.engine:node(key("N", i))
    -- what rests on an error that is not kept is looked at again
    if not node or node.state ~= "done" then self.last["N:" .. i] = nil end
  end
end

-- ---- evaluating, and what must be true of it ----

local function value_text(v)
  return type(v) == "table" and "{" .. tostring(v.v) .. "}" or tostring(v)
end

local function error_text(err)
  local parts = { "error", err.message, tostring(err.transient),
    err.cause and err.cause.message or "" }
  for _, cycle in ipairs(err.cycles or { err.cycle }) do
    for _, member in ipairs(cycle) do parts[#parts + 1] = tostring(member) end
  end
  return table.concat(parts, " ")
end

--- A node's result as text; nil when it is not up to date.
local function node_text(node)
  if not node or node.state ~= "done" then return nil end
  local text = node.error and error_text(node.error) or value_text(node.value)
  if not node.error and type(node.value) == "table" and node.value.steps then
    text = "program " .. node.changed_at
  end
  return text .. (node.recovered and " after " .. error_text(node.recovered) or "")
end

local function fail(what, ...) error({ differs = what:format(...) }, 0) end

--- Is this a cycle that the functions have really asked for?
local function check_cycle(oracle, err)
  local names = oracle:names()
  local n = #err.cycle
  for i = 1, n do
    local from, to = tostring(err.cycle[i]), tostring(err.cycle[i % n + 1])
    local asked = false
    for _, group in ipairs(names[from] and names[from].groups or {}) do
      for _, dep in ipairs(group) do asked = asked or dep == to end
    end
    if not asked then fail("no such cycle: %s does not ask for %s", from, to) end
  end
end

local function check_root(oracle, r, root)
  local out, err = oracle:eval(root), r:error(root)
  if out.cycle then
    if not err or err.code ~= "E0110" then
      fail("%s: a cycle, not %s", root, err and err.message or value_text(r:value(root)))
    end
    check_cycle(oracle, err)
  elseif out.message then
    if not err or err.message ~= out.message then
      fail("%s: '%s', not %s", root, out.message, err and err.message
        or value_text(r:value(root)))
    end
  elseif err or value_text(r:value(root)) ~= value_text(out.value) then
    fail("%s: %s, not %s", root, value_text(out.value), err and err.message
      or value_text(r:value(root)))
  end
end

--- While an error passes up, a function that handles it may fail in its own way.
local function may_fail_handling(oracle, message)
  local program = oracle.state.programs[tonumber(message:match("^err (%d+) ") or 0)]
  for _, step in ipairs(program and program.err and program.steps or {}) do
    if step.mode ~= "all" and step.mode ~= "each" and step.mode ~= "fork" then return true end
  end
  return false
end

--- Failing fast: one of the errors that can be met, perhaps told in other words; or one
-- that was stored while keeping going.
local function check_fast_error(oracle, cached, root, err)
  local message = err.message
  cached:eval(root)
  if err.code == "E0110" then
    if not oracle.cycles and not cached.cycles then
      fail("%s: no cycle, but '%s'", root, message)
    end
    return
  end
  while not oracle.messages[message] and not cached.messages[message]
    and not may_fail_handling(oracle, message) do
    local inner = message:match("^wrap %d+: (.*)$")
    if not inner then fail("%s: an error from nowhere: '%s'", root, err.message) end
    message = inner
  end
end

local function check_failing_fast(oracle, cached, r, roots)
  local bad, errors = false, 0
  for _, root in ipairs(roots) do
    local out = oracle:eval(root)
    bad = bad or out.failed or out.cycle or out.message ~= nil
  end
  for _, root in ipairs(roots) do
    local out, err = oracle:eval(root), r:error(root)
    local good = not (out.failed or out.cycle or out.message)
    if err then
      errors = errors + 1
      if good then fail("%s: in error for nothing: '%s'", root, err.message) end
      check_fast_error(oracle, cached, root, err)
    elseif r:value(root) ~= nil then
      if not good then fail("%s: %s in spite of an error", root, value_text(r:value(root))) end
      if value_text(r:value(root)) ~= value_text(out.value) then
        fail("%s: %s, not %s", root, value_text(out.value), value_text(r:value(root)))
      end
    elseif not bad then
      fail("%s: no value", root)
    end
  end
  if bad and errors == 0 then fail("no root in error") end
  if bad == r:ok() then fail("ok is %s", tostring(r:ok())) end
  return not bad
end

local function group_text(groups)
  local list = {}
  for i, group in ipairs(groups) do
    local names = {}
    for n, dep in ipairs(group) do names[n] = tostring(dep) end
    list[i] = table.concat(names, " ")
  end
  return table.concat(list, ", ")
end

--- Groups and, keeping going, warnings are those of the plain evaluator.
function Run:check_graph(oracle, r, roots)
  for name, out in pairs(oracle:names()) do
    local i = tonumber(name:match("^N:(%d+)$"))
    local node = i and self.engine:node(key("N", i))
    if node and not out.cycle and not self.state.injected[i] then
      local want, have = group_text(out.groups), group_text(node.groups)
      if want ~= have then fail("%s: groups %s, not %s", name, want, have) end
    end
  end
  local want, have = oracle:all_warnings(roots), {}
  for i, m in ipairs(r.messages) do have[i] = m.text end
  if table.concat(want, "; ") ~= table.concat(have, "; ") then
    fail("warnings %s, not %s", table.concat(want, "; "), table.concat(have, "; "))
  end
end

--- No body was entered whose dependencies have the values of its last run.
function Run:check_minimal()
  for _, i in ipairs(self.ran) do
    local name = "N:" .. i
    local before, since = self.last[name], self.since[name]
    if before and not self.stale[name] then
      local changed = false
      for dep, text in pairs(before) do
        local now = self.seen[dep]
        changed = changed or now ~= text or (self.changes[dep] or 0) - since[dep] > REMEMBERED
      end
      if not changed then fail("%s was entered, and nothing it depends on has changed", name) end
    end
  end
end

local function all_keys(self)
  local list = {}
  for _, kind in ipairs { { "P", self.c.nodes }, { "L", self.c.leaves }, { "W", self.c.world },
    { "N", self.c.nodes } } do
    for i = 1, kind[2] do list[#list + 1] = key(kind[1], i) end
  end
  return list
end

--- Looks at the graph: what has changed, and what each node has seen.
function Run:look(then_remember)
  local nodes = {}
  for _, k in ipairs(all_keys(self)) do
    local name, node = tostring(k), self.engine:node(k)
    local text = node_text(node)
    nodes[name] = node
    if text ~= self.seen[name] and text then
      self.changes[name] = (self.changes[name] or 0) + 1
    end
    self.seen[name] = text
    if not node then self.last[name] = nil end
  end
  if not then_remember then return end
  for name, node in pairs(nodes) do
    if node.state == "done" and name:find("^N") then
      self.stale[name] = nil
      self.last[name], self.since[name] = {}, {}
      for _, group in ipairs(node.groups) do
        for _, dep in ipairs(group) do
          local d = tostring(dep)
          self.last[name][d], self.since[name][d] = self.seen[d], self.changes[d] or 0
        end
      end
      local err = node.error
      self.transient[name] = err and err.transient and tostring(err.key) == name
    end
  end
end

function OPS.evaluate(self, op)
  local roots = {}
  for n, i in ipairs(op[2]) do roots[n] = key("N", i) end
  self.ran, self.countdown = {}, op.interrupt
  local r = self.engine:evaluate(roots, { keep_going = op.keep_going })
  self.countdown = nil
  self:look(false)
  local oracle = Oracle.new(self.state, not op.keep_going)
  if r.interrupted then
    for _, root in ipairs(roots) do
      if r:value(root) ~= nil or r:error(root) and op.keep_going then
        check_root(oracle, r, root)
      end
    end
    self:look(true)
    return
  end
  local fine = true
  if op.keep_going then
    for _, root in ipairs(roots) do check_root(oracle, r, root) end
  else
    fine = check_failing_fast(oracle, Oracle.new(self.state, false), r, roots)
  end
  if fine then
    self:check_graph(oracle, r, roots)
    self:check_minimal()
  end
  self:look(true)
  if not fine then return end
  self.ran = {}
  r = self.engine:evaluate(roots, { keep_going = op.keep_going })
  if #self.ran > 0 or r.stats.evaluated > 0 then
    fail("evaluated again, it runs %d bodies", r.stats.evaluated)
  end
end

--- Runs a program; nil when engine and oracle agree.
---@param program table
---@return string? difference
---@return integer steps
function M.run(program)
  local self = new_run(program)
  local why
  local steps = 0
  for at, op in ipairs(program.ops) do
    local ok, e = pcall(OPS[op[1]], self, op)
    if not ok then
      why = ("operation %d, %s: %s"):format(at, op[1], type(e) == "table" and (e.differs
        or e.message) or tostring(e))
      break
    end
    steps = steps + 1
  end
  self.engine:close()
  if self.dir then os.execute("rm -rf " .. self.dir) end
  return why, steps
end

return M
