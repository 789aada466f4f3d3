-- State between restarts, structured concurrency, and state machines' restart counts:
-- study S01..S12. The machines themselves: statemachine_spec.lua.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

local KG = { keep_going = true }
local inline = { world.variants[1], world.restart }

local STATE = [[
F.TOP = function(env)
  local s = env:state()
  s.calls = (s.calls or 0) + 1
  env:event { calls = s.calls }
  local v, err = env:try(k("LEAF", "l"))
  if err then error { message = "call " .. s.calls } end
  return v and { calls = s.calls }
end
]]

local function calls(r)
  local list = {}
  for _, ev in ipairs(r.order) do
    if type(ev) == "table" then list[#list + 1] = ev.calls end
  end
  return list
end

only("S01 state lasts from one restart to the next, and no longer", function(new)
  local g = new(STATE)
  g:put("l", "1")
  assert.same({ 1, 2 }, calls(g:eval("TOP")))
  g:set("l", "2")
  assert.same({ 1 }, calls(g:eval("TOP")))
end, table.unpack(inline))

only("S02 while an error passes up the state is a fresh one", function(new)
  local g = new(STATE)
  local r = g:eval("TOP")
  assert.same({ 1, 1 }, calls(r))
  assert.equal("call 1", r:error(g.key("TOP")).message)
end, table.unpack(inline))

it("S03 state may vanish: with a seed it does, and the result is the same", function()
  local dropped = false
  for seed = 1, 40 do
    local g = world.new([[
      F.TOP = function(env)
        local s = env:state()
        s.seen = s.seen or {}
        local n = 0
        for i = 1, 6 do
          local v = s.seen[i] or env:try(k("LEAF", "l" .. i))
          if not v then return nil end
          if not s.seen[i] then env:event { looked = i } end
          s.seen[i] = v
          n = n + #v
        end
        return n
      end
    ]], nil, { seed = seed })
    for i = 1, 6 do g:put("l" .. i, "x") end
    local r = g:eval("TOP")
    assert.equal(6, r:value(g.key("TOP")))
    local looked = 0
    for _, ev in ipairs(r.order) do if type(ev) == "table" then looked = looked + 1 end end
    dropped = dropped or looked > 6
    g.engine:close()
    g.engine = { close = function() end }
  end
  assert.is_true(dropped)
end)

-- ---- env:fork and env:join ----

local CHAINS = [[
F.STEP = function(env, at)
  if at[2] == 0 then return 0 end
  return at[2] + #leaf(env, "l")
end
local function chain(env, name, n)
  local sum = 0
  for i = 1, n do sum = sum + env:get(k("STEP", { name, i })) end
  return sum
end
F.TOP = function(env, n)
  env:fork(chain, env, "a", n)
  env:fork(chain, env, "b", n)
  local sums = env:join()
  return { sums[1], sums[2] }
end
]]

only("S08 two chains of three, forked: three rounds, each one group", function(new, variant)
  for _, n in ipairs { 3, 2 } do
    local g = new(CHAINS)
    g:put("l", "x")
    g:value(g.key("STEP", { "other", 1 }))
    local top = g.key("TOP", n)
    local r = g:eval(top)
    local groups = {}
    for i = 1, n do groups[i] = ('STEP:{"a", %d} STEP:{"b", %d}'):format(i, i) end
    assert.same(groups, g:node(top).groups)
    assert.equal(variant.mode == "restart" and n or 0, r.stats.restarted
      - (variant.mode == "restart" and 0 or 0))
  end
end, table.unpack(inline))

behaviour("fork and join: results in order, nested, groups that do not depend on timing",
  function(new)
    local g = new [[
      local function sum(env, i)
        env:fork(function() return env:get(k("LEAF", "x" .. i)) end)
        env:fork(function() return env:get_all { k("LEAF", "y" .. i), k("LEAF", "z") }[1] end)
        local own = env:get(k("LEAF", "w" .. i))
        return own .. table.concat(env:join())
      end
      F.TOP = function(env)
        for i = 1, 3 do env:fork(sum, env, i) end
        return table.concat(env:join(), " ")
      end
    ]]
    for i = 1, 3 do
      g:put("x" .. i, "x" .. i)
      g:put("y" .. i, "y" .. i)
      g:put("w" .. i, "w" .. i)
    end
    g:put("z", "z")
    local want = { "LEAF:w1 LEAF:w2 LEAF:w3",
      "LEAF:x1 LEAF:y1 LEAF:z LEAF:x2 LEAF:y2 LEAF:x3 LEAF:y3" }
    assert.equal("w1x1y1 w2x2y2 w3x3y3", g:value("TOP"))
    assert.same(want, g:node("TOP").groups)
    g.engine:delete { g.key("TOP") }
    assert.equal("w1x1y1 w2x2y2 w3x3y3", g:value("TOP"))
    assert.same(want, g:node("TOP").groups)
  end, world.restart, world.restart3)

behaviour("fork and join: an error of one is raised at join, after the others have ended",
  function(new)
    for _, opt in ipairs { KG, { keep_going = false } } do
      local g = new [[
        F.TOP = function(env)
          env:fork(function() return env:get(k("LEAF", "bad")) end)
          env:fork(function() return env:get(k("LEAF", "good")) end)
          local ok, err = pcall(env.join, env)
          error { message = tostring(ok) .. ": " .. err.message }
        end
      ]]
      g:put("good", "1")
      local err = g:eval("TOP", opt):error(g.key("TOP"))
      assert.equal("false: no leaf bad", err.message)
    end
  end, world.restart)

behaviour("fork and join: a forked function may handle the error itself", function(new)
  local g = new [[
    F.TOP = function(env)
      env:fork(function() return env:get_or_error(k("LEAF", "bad")) or "recovered" end)
      env:fork(function()
        local all = env:get_all_or_error { k("LEAF", "bad"), k("LEAF", "good") }
        return all[1].error.message .. all[2].value
      end)
      return table.concat(env:join(), ", ")
    end
  ]]
  g:put("good", "1")
  assert.equal("recovered, no leaf bad1", g:value("TOP", KG))
  assert.equal("no leaf bad", g:eval("TOP"):error(g.key("TOP")).message)
end, world.restart)

behaviour("fork and join: what is forked must be joined, and only our coroutines may ask",
  function(new)
    local g = new [[
      F.OPEN = function(env) env:fork(function() end); return 1 end
      F.OWN = function(env)
        local co = coroutine.wrap(function() return leaf(env, "l") end)
        return co()
      end
      F.YIELD = function() coroutine.yield(1); return 1 end
      F.BRANCH = function(env)
        env:fork(function() coroutine.yield(1) end)
        env:join()
        return 1
      end
      F.SORT = function(env)
        local list = { 3, 1, 2 }
        table.sort(list, function(a, b) return a + #leaf(env, "l") < b + #leaf(env, "l") end)
        return list
      end
      F.AFTER = function(env)
        local keep = env
        F.LATER = function() return keep:get(k("LEAF", "l")) end
        return 1
      end
      F.LATE = function(env) env:get(k "AFTER"); return F.LATER() end
    ]]
    g:put("l", "x")
    g:value(g.key("LEAF", "l"))
    local function message(name) return g:eval(name):error(g.key(name)).message end
    assert.matches("OPEN:nil: .*without env:join%(%)", message "OPEN")
    assert.matches("coroutine that the node function has made itself: use env:fork", message "OWN")
    assert.matches("YIELD:nil: coroutine.yield inside a node function", message "YIELD")
    assert.matches("coroutine.yield inside a node function", message "BRANCH")
    local err = g:eval("SORT"):error(g.key("SORT"))
    assert.matches("yield across a C%-call boundary", err.message)
    assert.matches("ask first, then sort", err.hint)
  end, world.restart)

it("env is of no use when its function has ended", function()
  local g = world.new [[
    local keep
    F.AFTER = function(env) keep = env; return 1 end
    F.LATE = function(env) env:get(k "AFTER"); return keep:get(k("LEAF", "l")) end
  ]]
  assert.matches("env is used after its node function has ended",
    g:eval("LATE"):error(g.key("LATE")).message)
end)
