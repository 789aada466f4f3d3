-- Errors and keeping going, transient errors: study E01..E15, T01..T06.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

local KG = { keep_going = true }

behaviour("E01 keeping going, one root in error and one good: an error and a value", function(new)
  local g = new ""
  g:put("good", "1")
  local bad, good = g.key("LEAF", "bad"), g.key("LEAF", "good")
  local r = g:eval(bad, good, KG)
  assert.equal("no leaf bad", r:error(bad).message)
  assert.is_nil(r:value(bad))
  assert.equal("1", r:value(good))
  assert.is_nil(r:error(good))
  assert.is_false(r:ok())
end)

behaviour("E02 a parent that fails does not affect its child", function(new)
  local g = new [[
    F.TOP = function(env) leaf(env, "l"); error "top fails" end
  ]]
  g:put("l", "1")
  local r = g:eval("TOP", g.key("LEAF", "l"), KG)
  assert.equal("top fails", r:error(g.key("TOP")).message)
  assert.equal("1", r:value(g.key("LEAF", "l")))
  assert.same({}, g:eval(g.key("LEAF", "l")).ran)
end)

local CHAIN = [[
F.MID = function(env) return leaf(env, "l") end
F.TOP = function(env) return env:get(k "MID") end
F.OTHER = function(env) return env:get(k "MID") .. leaf(env, "l2") end
F.WIDE = function(env) return env:get_all { k("LEAF", "l"), k("LEAF", "l2") }[1] end
]]

for _, kg in ipairs { true, false } do
  local mode = kg and "keeping going" or "failing fast"
  behaviour("E03 an error passes through parents without a handler, " .. mode, function(new)
    local g = new(CHAIN)
    local r = g:eval("TOP", { keep_going = kg })
    assert.equal("NOLEAF", r:error(g.key("TOP")).code)
    assert.same({ "TOP:nil", "MID:nil", "LEAF:l" }, world.names(r:error(g.key("TOP")).path))
    r = g:eval("OTHER", { keep_going = kg })
    assert.equal("no leaf l", r:error(g.key("OTHER")).message)
    r = g:eval("WIDE", { keep_going = kg })
    assert.matches("no leaf l2?", r:error(g.key("WIDE")).message)
  end)

  behaviour("E04 a stored error is served without running, " .. mode, function(new)
    local g = new(CHAIN)
    local l = g.key("LEAF", "l")
    assert.same({ "LEAF:l" }, g:eval(l, { keep_going = kg }).ran)
    local r = g:eval(l, { keep_going = kg })
    assert.same({}, r.ran)
    assert.equal("no leaf l", r:error(l).message)
    g:set("l", "1")
    assert.equal("1", g:value(l))
  end)

  behaviour("E11 several keys, one in error, the error is raised again, " .. mode, function(new)
    local g = new [[
      F.TOP = function(env)
        local ok, err = pcall(env.get_all, env, { k("LEAF", "a"), k("LEAF", "b") })
        if not ok then error(err) end
        return "fine"
      end
    ]]
    g:put("a", "1")
    local r = g:eval("TOP", { keep_going = kg })
    assert.equal("no leaf b", r:error(g.key("TOP")).message)
  end)

  behaviour("E12 an unhandled error reaches the handler two levels up, " .. mode, function(new)
    local g = new [[
      F.MID = function(env, how)
        if how == "implicit" then return leaf(env, "l") end
        local v, err = env:get_or_error(k("LEAF", "l"))
        if err then error(err) end
        return v
      end
      F.TOP = function(env, how)
        local v, err = env:get_or_error(k("MID", how))
        if err then error { message = "top saw: " .. err.message } end
        return v
      end
    ]]
    for _, how in ipairs { "implicit", "explicit" } do
      local r = g:eval(g.key("TOP", how), { keep_going = kg })
      assert.equal("top saw: no leaf l", r:error(g.key("TOP", how)).message)
    end
  end)
end

behaviour("E03 several causes below one parent: the first in its order", function(new)
  local g = new(CHAIN)
  assert.equal("no leaf l", g:eval("WIDE", KG):error(g.key("WIDE")).message)
end)

local RECOVER = [[
F.REC = function(env)
  local v = env:get_or_error(k("LEAF", "dep")) or "recovered"
  return v .. leaf(env, "after")
end
F.TOP = function(env) return env:get(k "REC") end
]]

behaviour("E05 keeping going a parent recovers; failing fast the same graph is an error",
  function(new)
    local g = new(RECOVER)
    g:put("after", "after")
    local r = g:eval("REC", KG)
    assert.equal("recoveredafter", r:value(g.key("REC")))
    assert.is_nil(r:error(g.key("REC")))
    assert.is_true(r:ok())
    r = g:eval("REC")
    assert.equal("no leaf dep", r:error(g.key("REC")).message)
    assert.is_nil(r:value(g.key("REC")))
    r = g:eval("TOP")
    assert.equal("no leaf dep", r:error(g.key("TOP")).message)
    g:set("after", "before")
    assert.equal("recoveredbefore", g:value("REC", KG))
  end, world.restart)

behaviour("E06 the dependency in error turns good", function(new)
  local g = new(RECOVER)
  g:put("after", "after")
  assert.equal("recoveredafter", g:value("TOP", KG))
  g:set("dep", "reformed")
  assert.equal("reformedafter", g:value("TOP", KG))
  assert.same({}, g:eval("TOP").ran)
end)

behaviour("E07 once it is good, tending to transient errors does not run the parent", function(new)
  local g = new [[
    F.FLAKY = function(env)
      if not peek("good") then env:fail { message = "flaky", transient = true } end
      return "good"
    end
    F.TOP = function(env) return env:get_or_error(k "FLAKY") or "recovered" end
  ]]
  assert.equal("recovered", g:value("TOP", KG))
  g:put("good", "")
  g.engine:invalidate_errors()
  assert.equal("good", g:value("TOP", KG))
  g.engine:invalidate_errors()
  assert.same({}, g:eval("TOP", KG).ran)
end)

local OTHER = [[
F.TOP = function(env)
  local v, err = env:try(k("LEAF", "bad"))
  local other = env:try(k("LEAF", "other"))
  if err then error { message = "top: " .. err.message } end
  if env:values_missing() then return nil end
  return v .. other
end
]]

only("E08 an error that is there does not keep the other from being computed", function(new)
  local g = new(OTHER)
  g:put("other", "x")
  g:eval(g.key("LEAF", "bad"), KG)
  local r = g:eval("TOP", KG)
  assert.equal("top: no leaf bad", r:error(g.key("TOP")).message)
  assert.same({ "LEAF:other", "TOP:nil", "TOP:nil" }, r.ran)
  assert.same({ "LEAF:bad", "LEAF:other" }, g:node("TOP").groups)
end, world.variants[1], world.restart)

local TRANSFORM = [[
F.MID = function(env)
  local v, err = env:get_or_error(k("LEAF", "l"))
  if err then
    if peek("recover") then return "recovered" end
    error { message = "mid: " .. err.message }
  end
  return v
end
F.TOP = function(env) return env:get(k "MID") end
]]

behaviour("E09 a parent puts its own error in place of the child's", function(new)
  for _, kg in ipairs { true, false } do
    local g = new(TRANSFORM)
    local err = g:eval("TOP", { keep_going = kg }):error(g.key("TOP"))
    assert.equal("mid: no leaf l", err.message)
    assert.equal(g.key("MID"), err.key)
    assert.same({ "TOP:nil", "MID:nil" }, world.names(err.path))
  end
end)

behaviour("E09 above a recovered value: fine keeping going, an error failing fast", function(new)
  for _, kg in ipairs { true, false } do
    local g = new(TRANSFORM)
    g:put("recover", "")
    local r = g:eval("TOP", { keep_going = kg })
    assert.equal(kg and "recovered" or nil, r:value(g.key("TOP")))
    local err = r:error(g.key("TOP"))
    assert.equal(not kg and "no leaf l" or nil, err and err.message)
  end
end)

behaviour("E10 an error that the parent does not know passes on to one that does", function(new)
  local g = new [[
    F.MID = function(env)
      local v, err = env:get_or_error(k("LEAF", "l"))
      if err and err.code ~= "OTHER" then error(err) end
      return v or "mid"
    end
    F.TOP = function(env)
      local v, err = env:get_or_error(k "MID")
      if err and err.code ~= "NOLEAF" then error(err) end
      return v or "top recovered"
    end
  ]]
  assert.equal("top recovered", g:value("TOP", KG))
  assert.equal("no leaf l", g:node("MID").error.message)
end)

only("E13 a value missing in a group: the groups that stay keep their bounds", function(new)
  local g = new [[
    F.TOP = function(env)
      env:try_all { k("LEAF", "a"), k("LEAF", "b") }
      if leaf(env, "a") == "skip" then
        return not env:values_missing() and "skipped" or nil
      end
      env:try(k("LEAF", "c"))
      error "thrown"
    end
  ]]
  g:put("a", "1")
  g:put("b", "1")
  g:put("c", "1")
  g:eval(g.key("LEAF", "a"), g.key("LEAF", "c"))
  assert.matches("thrown", g:eval("TOP"):error(g.key("TOP")).message)
  assert.same({ "LEAF:a", "LEAF:c" }, g:node("TOP").groups)
  g:set("a", "skip")
  g:set("c", nil)
  local r = g:eval("TOP", KG)
  assert.equal("skipped", r:value(g.key("TOP")))
  assert.same({ "LEAF:a", "LEAF:b", "TOP:nil", "TOP:nil" }, r.ran)
end, world.variants[1], world.restart)

behaviour("E14 a dirty node whose dependency fails now: one error at the top", function(new)
  for _, kg in ipairs { true, false } do
    local g = new(CHAIN)
    g:put("l", "1")
    g:value("TOP")
    g:set("l", nil)
    local err = g:eval("TOP", { keep_going = kg }):error(g.key("TOP"))
    assert.equal("no leaf l", err.message)
    assert.equal(g.key("LEAF", "l"), err.key)
  end
end)

behaviour("E15 an error of several children: the first one, with the cycles of the others",
  function(new)
    local g = new [[
      F.CYC = function(env, n) return env:get(k("CYC", n)) end
      F.TOP = function(env)
        return #env:get_all { k("LEAF", "x"), k("CYC", 1), k("CYC", 2), k("LEAF", "y") }
      end
    ]]
    local err = g:eval("TOP", KG):error(g.key("TOP"))
    assert.equal("E0110", err.code)
    assert.equal(2, #err.cycles)
    assert.equal("no leaf x", err.cause.message)
  end)

-- ---- transient errors ----

local FLAKY = [[
F.FLAKY = function(env)
  local n = tonumber(peek("good") or "0")
  if n == 0 then env:fail { message = "flaky", transient = true } end
  return "good " .. n
end
F.TOP = function(env) return env:get(k "FLAKY") end
]]

behaviour("T01 a transient error is tried again only when told so; then it is like any value",
  function(new)
    local g = new(FLAKY)
    assert.equal("flaky", g:eval("TOP", KG):error(g.key("TOP")).message)
    g:put("good", "1")
    assert.same({}, g:eval("TOP", KG).ran)
    g.engine:invalidate_errors()
    assert.equal("good 1", g:value("TOP", KG))
    g:put("good", "2")
    g.engine:invalidate_errors()
    local r = g:eval("TOP", KG)
    assert.same({}, r.ran)
    assert.equal("good 1", r:value(g.key("TOP")))
  end)

behaviour("T02 failing twice, then good", function(new)
  local g = new(FLAKY)
  for _ = 1, 2 do
    g.engine:invalidate_errors()
    local r = g:eval("TOP")
    assert.equal("flaky", r:error(g.key("TOP")).message)
    assert.is_true(r:error(g.key("TOP")).transient)
  end
  g:put("good", "3")
  g.engine:invalidate_errors()
  assert.equal("good 3", g:value("TOP"))
end)

behaviour("T03 a function without dependencies may fail transiently and recover", function(new)
  local g = new(FLAKY)
  g:eval("FLAKY", KG)
  g:put("good", "1")
  g.engine:invalidate_errors()
  assert.equal("good 1", g:value("FLAKY"))
end)

behaviour("T04 a transient error with dependencies, tried again and changed at once", function(new)
  local g = new [[
    F.FLAKY = function(env)
      local v = leaf(env, "l")
      if v == "bad" then env:fail { message = "flaky", transient = true } end
      return v
    end
  ]]
  g:put("l", "bad")
  g:eval("FLAKY", KG)
  g.engine:invalidate_errors()
  g:eval("FLAKY", KG)
  g.engine:invalidate_errors()
  g:set("l", "good")
  assert.equal("good", g:value("FLAKY"))
  assert.same({ "FLAKY:nil" }, g:node(g.key("LEAF", "l")).rdeps)
end)

behaviour("T05 a dirty node that depends on a transient error turning good", function(new)
  local g = new [[
    F.FLAKY = function(env)
      if not peek("good") then env:fail { message = "flaky", transient = true } end
      return "good"
    end
    F.TOP = function(env)
      local v = env:get_or_error(k "FLAKY")
      if not v then env:fail { message = "top too", transient = true } end
      return v .. leaf(env, "l")
    end
  ]]
  g:put("l", "1")
  assert.equal("top too", g:eval("TOP", KG):error(g.key("TOP")).message)
  g:put("good", "")
  g.engine:invalidate_errors()
  g:set("l", "2")
  g.engine:invalidate_errors()
  assert.equal("good2", g:value("TOP"))
end)

behaviour("T06 what stands above a transient error is not transient itself", function(new)
  local g = new [[
    F.FLAKY = function(env) env:fail { message = "flaky", transient = true } end
    F.MID = function(env) return env:get(k "FLAKY") end
    F.CYC = function(env) return env:get(k "CYC") end
    F.TOP = function(env)
      env:get_or_error(k "MID")
      return env:get(k "CYC")
    end
  ]]
  assert.equal("E0110", g:eval("TOP", KG):error(g.key("TOP")).code)
  g.engine:invalidate_errors()
  assert.equal("changed", g:node("FLAKY").state)
  assert.equal("dirty", g:node("MID").state)
  assert.equal("dirty", g:node("TOP").state)
  assert.equal("done", g:node("CYC").state)
  assert.same({ "FLAKY:nil" }, g:eval("TOP", KG).ran)
end)
