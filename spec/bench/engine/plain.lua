-- plain.lua: the grid without an engine: coroutines, memo tables, one queue.
--
-- What a Lua programmer would write by hand: the yardstick for the engine with
-- Lua functions. Demand-driven, every look-up remembered as an edge in both
-- directions, a change dirties what is above it, coroutines are used again.
--   lua plain.lua SIZE -> lines "phase seconds evaluated value rss-bytes"

local N = tonumber(arg[1])
local MOD = 1000000007

---@type table<integer, integer> V(i, j) is key i * N + j; LEAF(a) is key -1 - a
local value = {}
local deps, rdeps, injected = {}, {}, {}
local waiting, waiters = {}, {}
local ready, nready = {}, 0
local pool, npool = {}, 0
local coroutine_of = {}
local current, evaluated = nil, 0

local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield

local function get_all(keys)
  local missing = 0
  deps[current] = keys
  for i = 1, #keys do
    local key = keys[i]
    if value[key] == nil then
      missing = missing + 1
      local w = waiters[key]
      if w == nil then
        waiters[key] = { current }
        nready = nready + 1
        ready[nready] = key
      else
        w[#w + 1] = current
      end
    end
  end
  if missing > 0 then
    waiting[current] = missing
    yield(false)
  end
  local values = {}
  for i = 1, #keys do values[i] = value[keys[i]] end
  return values
end

local function compute(key)
  if key < 0 then return injected[key] or 1 + (-1 - key) % 7 end
  local i, j = key // N, key % N
  if i == 0 or j == 0 then return get_all({ -1 - key })[1] end
  local v = get_all { key - N, key - 1, key - N - 1 }
  return (v[1] + v[2] + v[3]) % MOD
end

local function body(key)
  while true do key = yield(true, compute(key)) end
end

--- A node is done: it becomes known above and below, and who waits goes on.
local function commit(key, v)
  value[key] = v
  local below = deps[key]
  for i = 1, below and #below or 0 do
    local r = rdeps[below[i]]
    if r then r[#r + 1] = key else rdeps[below[i]] = { key } end
  end
  local above = waiters[key]
  waiters[key] = nil
  for i = 1, above and #above or 0 do
    local p = above[i]
    waiting[p] = waiting[p] - 1
    if waiting[p] == 0 then
      waiting[p] = nil
      nready = nready + 1
      ready[nready] = p
    end
  end
end

local function step(key)
  local co = coroutine_of[key]
  current = key
  if co == nil then
    evaluated = evaluated + 1
    if npool > 0 then
      co, pool[npool], npool = pool[npool], nil, npool - 1
    else
      co = create(body)
    end
  end
  local ok, done, v = resume(co, key)
  if not ok then error(done) end
  if done then
    coroutine_of[key] = nil
    npool = npool + 1
    pool[npool] = co
    commit(key, v)
  else
    coroutine_of[key] = co
  end
end

local function evaluate(goal)
  evaluated = 0
  if value[goal] == nil then
    nready = 1
    ready[1] = goal
  end
  while nready > 0 do
    local key = ready[nready]
    nready = nready - 1
    step(key)
  end
  return value[goal]
end

--- A new value of a leaf: it and all above it are no longer known.
local function inject(a, v)
  local stack, n = { -1 - a }, 1
  injected[-1 - a] = v
  while n > 0 do
    local key = stack[n]
    n = n - 1
    if value[key] ~= nil then
      value[key] = nil
      local r = rdeps[key]
      rdeps[key] = nil
      for i = 1, r and #r or 0 do stack[n + i] = r[i] end
      n = n + (r and #r or 0)
    end
  end
end

local function rss()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmRSS:%s+(%d+)")
    if kb then return kb * 1024 end
  end
end

local before = rss()
local function phase(name)
  local t = os.clock()
  local v = evaluate(N * N - 1)
  t = os.clock() - t
  print(("%s %.6f %d %d %d"):format(name, t, evaluated, v, rss() - before))
end

collectgarbage("generational")
phase "fresh"
inject(N - 1, 100)
phase "corner"
inject(N // 2, 100)
phase "middle"
phase "unchanged"
