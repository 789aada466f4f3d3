-- Failing fast: study F01..F17.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

local KG = { keep_going = true }

behaviour("F01 two failing roots: exactly one error", function(new)
  local g = new ""
  local a, b = g.key("LEAF", "a"), g.key("LEAF", "b")
  local r = g:eval(a, b)
  local errors = (r:error(a) and 1 or 0) + (r:error(b) and 1 or 0)
  assert.equal(1, errors)
  assert.is_false(r:ok())
end)

local PARENT = [[
F.TOP = function(env, how)
  local v, err = env:try(k("LEAF", "bad"))
  if err and how == "handled" then error { message = "handled: " .. err.message } end
  return v
end
]]

for _, cached in ipairs { true, false } do
  for _, how in ipairs { "handled", "unhandled" } do
    only(("F02 the parent of %s error is entered twice: without it, then with it; %s"):format(
      cached and "a cached" or "a fresh", how), function(new)
        local g = new(PARENT)
        if cached then g:eval(g.key("LEAF", "bad")) end
        local top = g.key("TOP", how)
        local r = g:eval(top)
        local ran = { "TOP:" .. how, "TOP:" .. how }
        if not cached then table.insert(ran, 1, "LEAF:bad") end
        assert.same(ran, r.ran)
        assert.equal((how == "handled" and "handled: " or "") .. "no leaf bad",
          r:error(top).message)
      end, world.variants[1], world.restart)
  end
end

only("F02 a coroutine goes on with the error where it waits", function(new)
  local g = new [[
    F.TOP = function(env)
      local ok, err = pcall(env.get, env, k("LEAF", "bad"))
      error { message = "caught: " .. tostring(ok) .. " " .. err.message }
    end
  ]]
  local r = g:eval("TOP")
  assert.same({ "LEAF:bad", "TOP:nil" }, r.ran)
  assert.equal("caught: false no leaf bad", r:error(g.key("TOP")).message)
end, world.variants[1])

behaviour("F03 what is computed while an error passes up never enters the graph", function(new)
  local g = new [[
    F.MID = function(env)
      local v, err = env:get_or_error(k("LEAF", "bad"))
      return err and "made up" or v
    end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  assert.equal("no leaf bad", g:eval("TOP"):error(g.key("TOP")).message)
  assert.is_nil(g:node("MID"))
  assert.is_nil(g:node("TOP"))
  local r = g:eval("TOP", KG)
  assert.equal("made up", r:value(g.key("TOP")))
  assert.same({ "MID:nil", "TOP:nil" }, r.ran)
  g.engine:delete { g.key("TOP") }
  assert.equal("no leaf bad", g:eval("TOP"):error(g.key("TOP")).message)
end)

only("F04 roots that are an error and its parent: both in error", function(new)
  local g = new [[
    F.TOP = function(env) return leaf(env, "bad") end
  ]]
  local bad, top = g.key("LEAF", "bad"), g.key("TOP")
  local r = g:eval(top, bad)
  assert.equal("no leaf bad", r:error(top).message)
  assert.equal("no leaf bad", r:error(bad).message)
end, world.variants[1], world.restart)

behaviour("F05 a parent that has not asked in this build is not told", function(new)
  local g = new [[
    F.TOP = function(env)
      if leaf(env, "switch") == "on" then return leaf(env, "l") end
      local ok, err = pcall(leaf, env, "slow")
      if not ok then error { message = "top saw " .. err.message } end
    end
  ]]
  g:put("switch", "on")
  g:put("l", "1")
  g:put("slow", "s")
  g:value("TOP")
  g:set("l", nil)
  g:set("switch", "off")
  g:set("slow", nil)
  assert.equal("top saw no leaf slow", g:eval("TOP"):error(g.key("TOP")).message)
end)

behaviour("F06 only the first error is kept, nothing is started after it", function(new)
  local g = new [[
    F.FAIL = function(_, n) error("fail " .. n) end
    F.TOP = function(env)
      local keys = {}
      for i = 1, 200 do keys[i] = k("FAIL", i) end
      return #env:get_all(keys)
    end
  ]]
  local r = g:eval("TOP")
  assert.matches("^fail ", r:error(g.key("TOP")).message)
  local kept = 0
  for i = 1, 200 do
    if g:node(g.key("FAIL", i)) then kept = kept + 1 end
  end
  assert.equal(1, kept)
  local tops = 0
  for _, name in ipairs(r.ran) do if name == "TOP:nil" then tops = tops + 1 end end
  assert.equal(1, tops)
end)

behaviour("F07 an error cached while keeping going is used by a new parent failing fast",
  function(new)
    local g = new [[
      F.TOP = function(env, _) return leaf(env, "bad") end
    ]]
    g:eval(g.key("TOP", 1), KG)
    local r = g:eval(g.key("TOP", 2))
    assert.equal("no leaf bad", r:error(g.key("TOP", 2)).message)
    assert.same({ "TOP:2" }, r.ran)
  end)

behaviour("F08 a root with a cached error: no other root runs", function(new)
  local g = new ""
  g:put("good", "1")
  local bad, good = g.key("LEAF", "bad"), g.key("LEAF", "good")
  g:eval(bad)
  for _, roots in ipairs { { bad, good }, { good, bad } } do
    local r = g:eval(table.unpack(roots))
    assert.same({}, r.ran)
    assert.equal("no leaf bad", r:error(bad).message)
    assert.is_nil(r:error(good))
    assert.is_nil(r:value(good))
  end
end)

only("F09 a root that is done before another fails has its value", function(new)
  local g = new [[
    F.SLOW = function(env)
      for i = 1, 20 do env:get(k("STEP", i)) end
      error "slow and bad"
    end
    F.STEP = function(_, i) return i end
  ]]
  g:put("good", "1")
  local slow, good = g.key("SLOW"), g.key("LEAF", "good")
  for _, roots in ipairs { { slow, good }, { good, slow } } do
    g.engine:delete { good, slow }
    local r = g:eval(table.unpack(roots))
    assert.equal("1", r:value(good))
    assert.equal("slow and bad", r:error(slow).message)
  end
end, world.variants[1])

behaviour("F10 dependencies that were not finished are no edges later", function(new)
  local g = new [[
    F.TOP = function(env)
      if leaf(env, "switch") == "off" then return "off" end
      return #env:get_all { k("LEAF", "bad"), k("LEAF", "other") }
    end
  ]]
  g:put("switch", "on")
  g:put("other", "x")
  g:eval("TOP")
  g:set("switch", "off")
  assert.equal("off", g:value("TOP"))
  g:value(g.key("LEAF", "other"))
  g:set("other", "y")
  assert.equal("done", g:node("TOP").state)
  g:set("switch", "on")
  g:set("bad", "good now")
  assert.equal(2, g:value("TOP"))
end)

for _, how in ipairs { "done", "verified" } do
  behaviour("F11 a cached error stops everything: " .. how, function(new)
    local g = new [[
      F.MID = function(env) error("bad with " .. leaf(env, "l")) end
      F.TOP = function(env) return leaf(env, "m") .. env:get(k "MID") end
      F.SIDE = function(env) return env:get_or_error(k "MID") or "recovered" end
    ]]
    g:put("l", "1")
    g:put("m", "m")
    g:eval("TOP", "SIDE", KG)
    if how == "verified" then g:mark("l") end
    g:mark("m")
    local r = g:eval("TOP")
    assert.matches("bad with 1", r:error(g.key("TOP")).message)
    assert.is_nil(r:value(g.key("TOP")))
    r = g:eval("SIDE")
    assert.matches("bad with 1", r:error(g.key("SIDE")).message)
    assert.equal("recovered", g:value("SIDE", KG))
  end)
end

behaviour("F12 an error met again between two steps is asked for once", function(new)
  local g = new [[
    F.TOP = function(env)
      leaf(env, "a")
      return env:get(k("LEAF", "bad"))
    end
    F.ROOT = function(env) return #env:get_all { k("LEAF", "a"), k "TOP" } end
  ]]
  g:put("a", "1")
  g:eval("ROOT", KG)
  g:mark("a", "bad")
  local r = g:eval("ROOT")
  assert.equal("no leaf bad", r:error(g.key("ROOT")).message)
  g:eval("ROOT", KG)
  assert.same({ "LEAF:a", "LEAF:bad" }, g:node("TOP").groups)
  assert.same({ "TOP:nil" }, g:node(g.key("LEAF", "bad")).rdeps)
end)

behaviour("F14 a parent of earlier builds is not told, the new one is", function(new)
  local g = new [[
    F.OLD = function(env)
      local _, err = env:get_or_error(k("LEAF", "l"))
      if err then error { message = "old saw it" } end
      return "old"
    end
    F.NEW = function(env)
      local _, err = env:get_or_error(k("LEAF", "l"))
      if err then error { message = "new saw it" } end
    end
  ]]
  g:put("l", "1")
  g:value("OLD")
  g:set("l", nil)
  local r = g:eval("NEW")
  assert.equal("new saw it", r:error(g.key("NEW")).message)
  assert.same({ "LEAF:l", "NEW:nil" }, r.ran)
end)

behaviour("a function given up inside xpcall leaves no handler to the next one", function(new)
  local g = new [[
    F.SLOW = function(env)
      return (xpcall(env.get, function(e) return e end, env, k("MID", "m")))
    end
    F.MID = function(env) return env:get(k("LEAF", "l")) end
    F.BAD = function() error { message = "bad" } end
    F.BOOM = function(_, i) error { message = "boom " .. i } end
  ]]
  g:put("l", "1")
  local slow, bad = g.key("SLOW"), g.key("BAD")
  assert.equal("bad", g.engine:evaluate({ slow, bad }):error(bad).message)
  for i = 1, 4 do
    local key = g.key("BOOM", i)
    assert.equal("boom " .. i, g.engine:evaluate({ key }):error(key).message)
  end
end)
