-- Basic evaluation: study B01..B13.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

local CONCAT = [[
F.CONCAT = function(env, names)
  local keys = {}
  for i, name in ipairs(names) do keys[i] = k("LEAF", name) end
  return table.concat(env:get_all(keys))
end
]]

behaviour("B01 smoke", function(new)
  local g = new(CONCAT)
  g:put("a", "a")
  g:put("b", "b")
  local ab = g.key("CONCAT", { "a", "b" })
  local r = g:eval(ab)
  assert.equal("ab", r:value(ab))
  assert.is_true(r:ok())
  assert.same({}, r.messages)
end, world.restart)

local TWO = [[
F.TOP = function(env)
  local a, b = env:try(k("LEAF", "a")), env:try(k("LEAF", "b"))
  if env:values_missing() then return nil end
  return a .. b
end
]]

behaviour("B02 two missing values in one pass cost one restart, values that are there none",
  function(new)
    local g = new(TWO)
    g:put("a", "1")
    g:put("b", "2")
    local r = g:eval("TOP")
    assert.equal("12", r:value(g.key("TOP")))
    assert.same({ "LEAF:a", "LEAF:b", "TOP:nil", "TOP:nil" }, r.ran)
    assert.equal(1, r.stats.restarted)
    local h = new(TWO)
    h:put("a", "1")
    h:put("b", "2")
    h:eval(h.key("LEAF", "a"), h.key("LEAF", "b"))
    assert.same({ "TOP:nil" }, h:eval("TOP").ran)
  end, world.restart)

only("B02 with get_all the body is entered once and resumed once", function(new)
  local g = new [[
    F.TOP = function(env) return #env:get_all { k("LEAF", "a"), k("LEAF", "b") } end
  ]]
  g:put("a", "1")
  g:put("b", "2")
  local r = g:eval("TOP")
  assert.same({ "LEAF:a", "LEAF:b", "TOP:nil" }, r.ran)
  assert.equal(1, r.stats.resumed)
  assert.equal(3, r.stats.evaluated)
end, world.variants[1])

only("B02 with get_all in restart mode the body is entered twice", function(new)
  local g = new [[
    F.TOP = function(env) return #env:get_all { k("LEAF", "a"), k("LEAF", "b") } end
  ]]
  g:put("a", "1")
  g:put("b", "2")
  assert.same({ "LEAF:a", "LEAF:b", "TOP:nil", "TOP:nil" }, g:eval("TOP").ran)
end, world.restart)

behaviour("B03 every node is reported enqueued once, a done root is reported cached", function(new)
  local seen = {}
  local function trace(ev)
    if ev.event == "enqueued" or ev.event == "cached" then
      seen[#seen + 1] = ev.event .. " " .. tostring(ev.key)
    end
  end
  local g = new([[
    F.TOP = function(env, n)
      if n == 1 then return #env:get_all { k("LEAF", "d1"), k("LEAF", "d2") } end
      return #env:get(k("LEAF", "d3"))
    end
  ]], { trace = trace })
  for i = 1, 3 do g:put("d" .. i, "x") end
  local top1, top2 = g.key("TOP", 1), g.key("TOP", 2)
  g:eval(top1)
  g:eval(top2)
  assert.same({ "enqueued TOP:1", "enqueued LEAF:d1", "enqueued LEAF:d2", "enqueued TOP:2",
    "enqueued LEAF:d3" }, seen)
  seen = {}
  g:eval(top1)
  assert.same({ "cached TOP:1" }, seen)
end)

behaviour("B04 other keys after a restart are tolerated: all of them are recorded", function(new)
  local g = new [[
    local passes = 0
    F.TOP = function(env)
      passes = passes + 1
      local v = env:try(k("LEAF", passes == 1 and "a" or "b"))
      return not env:values_missing() and v or nil
    end
  ]]
  g:put("a", "1")
  g:put("b", "2")
  assert.equal("2", g:value("TOP"))
  assert.same({ "LEAF:a", "LEAF:b" }, g:node("TOP").groups)
end, world.restart)

behaviour("B05 a key in two groups is recorded once, where it came first", function(new)
  local g = new [[
    F.TOP = function(env, how)
      local function l(...)
        local keys = {}
        for i, n in ipairs { ... } do keys[i] = k("LEAF", n) end
        return keys
      end
      local first, second = l("0", "1", "2"), l("2", "3")
      if how == "all" then
        env:get_all(first)
        env:get_all(second)
      elseif how == "errors" then
        env:get_all_or_error(first)
        env:get_all_or_error(second)
      elseif how == "try" then
        env:try_all(first)
        env:try_all(second)
        if env:values_missing() then return nil end
      elseif how == "first" then
        env:get_all(first)
        env:get_all(l("0", "3"))
      elseif how == "single" then
        env:get_all(first)
        env:get(k("LEAF", "1"))
        env:get(k("LEAF", "3"))
      elseif how == "twice" then
        env:get_all(l("0", "1", "0", "2", "1"))
        env:get_all(second)
      end
      return true
    end
  ]]
  for i = 0, 3 do g:put(tostring(i), "x") end
  for _, how in ipairs { "all", "errors", "try", "first", "single", "twice" } do
    local top = g.key("TOP", how)
    assert.is_true(g:value(top))
    assert.same({ "LEAF:0 LEAF:1 LEAF:2", "LEAF:3" }, g:node(top).groups, how)
  end
  local rdeps = g:node(g.key("LEAF", "2")).rdeps
  assert.equal(6, #rdeps)
end, world.restart)

it("B06 as many functions run at once as there are evaluators, and no more", function()
  local g = world.new([[
    F.BUSY = function(env, i)
      env:event { i = i, at = "begin" }
      local till = os.clock() + 0.05
      while os.clock() < till do end
      env:event { i = i, at = "end" }
      return i
    end
    F.TOP = function(env)
      local keys = {}
      for i = 1, 20 do keys[i] = k("BUSY", i) end
      return #env:get_all(keys)
    end
  ]], { evaluators = 5 })
  local r = g:eval("TOP")
  local now, most = 0, 0
  for _, ev in ipairs(r.order) do
    if type(ev) == "table" then
      now = now + (ev.at == "begin" and 1 or -1)
      most = math.max(most, now)
    end
  end
  assert.equal(5, most)
end)

behaviour("B07 fan-out, fan-in and a ladder are right whenever the leaf changes", function(new)
  local g = new [[
    F.OUT = function(env, _) return leaf(env, "l") end
    F.IN = function(env)
      local keys = {}
      for i = 1, 200 do keys[i] = k("OUT", i) end
      return table.concat(env:get_all(keys), "", 1, 3)
    end
    F.RAIL = function(env, at)
      if at[2] == 0 then return tonumber(leaf(env, "l")) end
      local v = env:get_all { k("RAIL", { 1, at[2] - 1 }), k("RAIL", { 2, at[2] - 1 }) }
      return (v[1] * at[1] + v[2]) % 1000003
    end
  ]]
  for run = 1, 5 do
    g:set("l", tostring(run))
    assert.equal(tostring(run):rep(3), g:value("IN"))
    local a, b = run, run
    for _ = 1, 100 do a, b = (a + b) % 1000003, (2 * a + b) % 1000003 end
    assert.equal(a, g:value(g.key("RAIL", { 1, 100 })))
    assert.equal(b, g:value(g.key("RAIL", { 2, 100 })))
  end
end)

behaviour("B12 a value returned although a dependency is missing is an error that names the key",
  function(new)
    local g = new [[
      F.TOP = function(env)
        env:try(k("LEAF", "a"))
        return "too early"
      end
    ]]
    g:put("a", "1")
    local err = g:eval("TOP"):error(g.key("TOP"))
    assert.equal("E0111", err.code)
    assert.matches("TOP:nil: .*a value although a dependency was missing", err.message)
    assert.equal(g.key("TOP"), err.key)
  end, world.restart)

behaviour("B13 an error in a function names the place, the node and who asked for it", function(new)
  local g = new [[
    F.BAD = function() local t = nil; return t.x end
    F.MID = function(env) return env:get(k "BAD") end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  local err = g:eval("TOP"):error(g.key("TOP"))
  assert.matches("attempt to index a nil value", err.message)
  assert.matches("functions.lua$", err.file)
  assert.is_true(err.line > 10)
  assert.equal(g.key("BAD"), err.key)
  assert.same({ "TOP:nil", "MID:nil", "BAD:nil" }, world.names(err.path))
end)
