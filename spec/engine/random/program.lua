--- Random programs for the random test: a configuration and a list of operations, plain
-- data that can be printed, cut down and run again.
local M = {}

---@class Rng
local Rng = {}
Rng.__index = Rng

--- xorshift64*, so that a seed gives the same program everywhere.
---@param seed integer
---@return Rng
function M.rng(seed)
  local r = setmetatable({ x = seed * 0x9E3779B97F4A7C15 | 1 }, Rng)
  for _ = 1, 4 do r:below(2) end
  return r
end

---@param n integer
---@return integer  0 .. n - 1
function Rng:below(n)
  local x = self.x
  x = x ~ (x >> 12)
  x = x ~ (x << 25)
  x = x ~ (x >> 27)
  self.x = x
  return ((x * 2685821657736338717) >> 33) % n
end

---@param list any[]
---@return any
function Rng:of(list)
  return list[self:below(#list) + 1]
end

---@param percent integer
---@return boolean
function Rng:chance(percent)
  return self:below(100) < percent
end

local MODES = { "all", "all", "each", "errors", "single", "wrap", "catch", "try", "fork", "nested" }
--- How many keys the groups have.
local SHAPES = { { 1 }, { 1 }, { 2 }, { 2 }, { 1, 1 }, { 1, 1, 1 }, { 2, 2 }, { 5 },
  { 1, 1, 1, 1, 1 }, {} }

local function random_ref(r, c, i)
  local what = r:below(10)
  if what < 3 then return { "L", r:below(c.leaves) + 1 } end
  if what < 4 then return { "W", r:below(c.world) + 1 } end
  if c.cyclic and r:chance(8) then return { "N", r:below(c.nodes) + 1 } end
  if i == 1 then return { "L", r:below(c.leaves) + 1 } end
  return { "N", r:below(i - 1) + 1 }
end

--- What node i does.
local function random_node(r, c, i)
  local steps = {}
  for n, size in ipairs(r:of(SHAPES)) do
    local refs = {}
    for m = 1, size do refs[m] = random_ref(r, c, i) end
    local m = r:below(3) + 2
    steps[n] = { mode = r:of(MODES), refs = refs, when = r:chance(25) and { m, r:below(m) } or nil }
  end
  return {
    steps = steps, range = r:of { 1, 2, 3, 10, 1000 },
    err = r:chance(c.errors) and r:of { 1, 2, 3, 4 } or nil,
    warn = r:chance(15) and r:of { 1, 2, 3 } or nil,
  }
end

local OPS = {}

function OPS.leaf(r, c) return { "leaf", r:below(c.leaves) + 1, r:below(4) } end
function OPS.unleaf(r, c) return { r:of { "invalidate", "delete" }, "L", r:below(c.leaves) + 1 } end
function OPS.world(r, c)
  return { "world", r:below(c.world) + 1, r:chance(30) and "!" or r:below(4) }
end
function OPS.mark(r, c) return { "invalidate", "W", r:below(c.world) + 1 } end
function OPS.heal() return { "heal" } end
function OPS.program(r, c)
  local i = r:below(c.nodes) + 1
  return { "program", i, random_node(r, c, i) }
end
function OPS.invalidate(r, c) return { "invalidate", "N", r:below(c.nodes) + 1 } end
function OPS.delete(r, c) return { "delete", "N", r:below(c.nodes) + 1 } end
function OPS.inject(r, c) return { "inject", r:below(c.nodes) + 1, r:below(5) } end
function OPS.reopen() return { "reopen" } end
function OPS.evaluate(r, c)
  local roots = {}
  for n = 1, r:of { 1, 1, 2, 3 } do roots[n] = c.nodes - r:below(c.nodes + 2) // 2 end
  for n = 1, #roots do roots[n] = math.max(1, roots[n]) end
  return { "evaluate", roots, keep_going = r:chance(65), interrupt = r:chance(6) and r:below(8) + 1
    or nil }
end

local WEIGHTS = {
  { "evaluate", 45 }, { "leaf", 18 }, { "world", 6 }, { "mark", 3 }, { "heal", 3 }, { "unleaf", 4 },
  { "program", 9 }, { "invalidate", 3 }, { "delete", 4 }, { "inject", 2 }, { "reopen", 3 },
}

local function random_op(r, c)
  local at = r:below(100)
  for _, w in ipairs(WEIGHTS) do
    at = at - w[2]
    if at < 0 then
      if w[1] == "reopen" and not c.store then return OPS.leaf(r, c) end
      return OPS[w[1]](r, c)
    end
  end
end

---@param seed integer
---@param force? table  fields of the configuration that are given
---@return table program  { config =, ops = }
function M.random(seed, force)
  local r = M.rng(seed)
  local c = {
    seed = r:chance(60) and r:below(1000) or nil, evaluators = r:of { 0, 0, 1, 2, 3, 4 },
    mode = r:chance(20) and "restart" or "coroutine", store = r:chance(25), cyclic = r:chance(35),
    nodes = 3 + r:below(12), leaves = 1 + r:below(4), world = 1 + r:below(2),
    errors = r:of { 0, 5, 30 },
  }
  -- Which field is set first does not matter.
  for name, value in pairs(force or {}) do c[name] = value end
  local ops = {}
  for j = 1, c.leaves do ops[j] = { "leaf", j, r:below(4) } end
  for i = 1, c.nodes do ops[#ops + 1] = { "program", i, random_node(r, c, i) } end
  for _ = 1, 20 + r:below(40) do ops[#ops + 1] = random_op(r, c) end
  ops[#ops + 1] = { "evaluate", { c.nodes }, keep_going = true }
  return { config = c, ops = ops }
end

local function show(v)
  if type(v) == "string" then return ("%q"):format(v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts, names = {}, {}
  for _, item in ipairs(v) do parts[#parts + 1] = show(item) end
  for name in pairs(v) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = name .. " = " .. show(v[name]) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- As Lua text that loads to the same program.
---@param program table
---@return string
function M.text(program)
  local lines = { "return { config = " .. show(program.config) .. ", ops = {" }
  for _, op in ipairs(program.ops) do lines[#lines + 1] = "  " .. show(op) .. "," end
  lines[#lines + 1] = "} }"
  return table.concat(lines, "\n")
end

--- All programs that are a little smaller: fewer operations, fewer steps, fewer keys,
-- a simpler configuration.
---@param program table
---@return fun(): table?  an iterator
function M.smaller(program)
  return coroutine.wrap(function()
    local ops = program.ops
    local function with_ops(list) return { config = program.config, ops = list } end
    for _, size in ipairs { 16, 8, 4, 2, 1 } do
      for first = #ops - size + 1, 1, -size do
        local rest = table.move(ops, 1, first - 1, 1, {})
        table.move(ops, first + size, #ops, first, rest)
        coroutine.yield(with_ops(rest))
      end
    end
    for at, op in ipairs(ops) do
      local function with_op(new)
        local copy = table.move(ops, 1, #ops, 1, {})
        copy[at] = new
        coroutine.yield(with_ops(copy))
      end
      if op[1] == "program" then
        M.smaller_node(op[3], function(n) with_op { op[1], op[2], n } end)
      end
      if op[1] == "evaluate" and #op[2] > 1 then
        for drop = 1, #op[2] do
          local roots = table.move(op[2], 1, #op[2], 1, {})
          table.remove(roots, drop)
          with_op { "evaluate", roots, keep_going = op.keep_going, interrupt = op.interrupt }
        end
      end
    end
    for _, change in ipairs { { "evaluators", 0 }, { "evaluators", 1 }, { "mode", "coroutine" },
      { "store", false }, { "seed", nil } } do
      if program.config[change[1]] ~= change[2] then
        local config = {}
        for name, value in pairs(program.config) do config[name] = value end
        config[change[1]] = change[2]
        coroutine.yield { config = config, ops = ops }
      end
    end
  end)
end

--- The same for what one node does.
---@param node table
---@param yield fun(node: table)
function M.smaller_node(node, yield)
  local function with(field, value)
    local copy = {}
    for name, v in pairs(node) do copy[name] = v end
    copy[field] = value
    yield(copy)
  end
  if node.err then with("err", nil) end
  if node.warn then with("warn", nil) end
  for at, step in ipairs(node.steps) do
    local function with_step(new)
      local steps = table.move(node.steps, 1, #node.steps, 1, {})
      steps[at] = new
      with("steps", steps)
    end
    local rest = table.move(node.steps, 1, #node.steps, 1, {})
    table.remove(rest, at)
    with("steps", rest)
    if step.when then with_step { mode = step.mode, refs = step.refs } end
    if step.mode ~= "all" then with_step { mode = "all", refs = step.refs, when = step.when } end
    for drop = 1, #step.refs > 1 and #step.refs or 0 do
      local refs = table.move(step.refs, 1, #step.refs, 1, {})
      table.remove(refs, drop)
      with_step { mode = step.mode, refs = refs, when = step.when }
    end
  end
end

return M
