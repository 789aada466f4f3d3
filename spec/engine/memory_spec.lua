-- Going back to what was: several remembered results of a node.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

local KG = { keep_going = true }

--- Bodies entered that are no leaves.
local function above(r)
  local list = {}
  for _, name in ipairs(r.ran) do
    if not name:find("^LEAF:") then list[#list + 1] = name end
  end
  return list
end

local TEXT = [[
F.MID = function(env, n) return leaf(env, "flag") .. n end
F.TOP = function(env)
  local flag = leaf(env, "flag")
  if flag == "a" then return env:get(k("MID", 1)) .. leaf(env, "x") end
  return env:get_all { k("MID", 2), k("MID", 3) }[2] .. leaf(env, "x")
end
]]

behaviour("a flag there and back: nothing runs, values and groups are those of then", function(new)
  local g = new(TEXT)
  g:put("x", "x")
  g:put("flag", "a")
  assert.equal("a1x", g:value("TOP"))
  g:set("flag", "b")
  assert.equal("b3x", g:value("TOP"))
  local changed = g:node("TOP").changed_at
  for _ = 1, 3 do
    g:set("flag", "a")
    local r = g:eval("TOP")
    assert.equal("a1x", r:value(g.key("TOP")))
    assert.same({}, above(r))
    assert.equal(1, r.stats.remembered)
    assert.same({ "LEAF:flag", "MID:1", "LEAF:x" }, g:node("TOP").groups)
    assert.is_true(g:node("TOP").changed_at > changed)
    changed = g:node("TOP").changed_at
    g:set("flag", "b")
    r = g:eval("TOP")
    assert.equal("b3x", r:value(g.key("TOP")))
    assert.same({}, above(r))
    assert.same({ "LEAF:flag", "MID:2 MID:3", "LEAF:x" }, g:node("TOP").groups)
  end
  -- an edge of then works as ever
  g:set("x", "y")
  assert.equal("b3y", g:value("TOP"))
end, world.restart)

behaviour("four states in turn are remembered", function(new)
  local g = new [[F.TOP = function(env) return "top " .. leaf(env, "flag") end]]
  for round = 1, 3 do
    for i = 1, 4 do
      g:set("flag", tostring(i))
      local r = g:eval("TOP")
      assert.equal("top " .. i, r:value(g.key("TOP")))
      assert.equal(round == 1 and 1 or 0, #above(r))
    end
  end
end)

behaviour("a leaf that changes and changes back before anybody asks", function(new)
  local g = new [[F.TOP = function(env) return "top " .. leaf(env, "l") end]]
  g:put("l", "1")
  g:value("TOP")
  for i = 1, 5 do
    g:set("l", "other " .. i)
    g:value(g.key("LEAF", "l"))
    g:set("l", "1")
    g:value(g.key("LEAF", "l"))
    local before = g:node("TOP").changed_at
    assert.same({}, g:eval("TOP").ran)
    assert.equal(before, g:node("TOP").changed_at)
  end
end)

behaviour("groups are tried in order: nothing is evaluated that would not be asked for",
  function(new)
    local g = new [[
      F.BAD = function() if peek("armed") then error "never" end return "bad" end
      F.TOP = function(env)
        if leaf(env, "a") == "1" then return env:get(k "BAD") end
        return leaf(env, "b")
      end
    ]]
    g:put("a", "1")
    g:put("b", "b")
    g:value("TOP")
    g:set("a", "2")
    g:value("TOP")
    g:put("armed", "")
    g.engine:delete { g.key("BAD") }
    g:set("a", "3")
    local r = g:eval("TOP")
    assert.equal("b", r:value(g.key("TOP")))
    assert.same({ "LEAF:a", "TOP:nil" }, r.ran)
    g:set("a", "1")
    assert.matches("never", g:eval("TOP"):error(g.key("TOP")).message)
  end)

behaviour("equal values with different dependencies are remembered apart", function(new)
  local g = new [[F.TOP = function(env) return #leaf(env, leaf(env, "which")) end]]
  g:put("a", "x")
  g:put("b", "y")
  g:put("which", "a")
  g:value("TOP")
  g:set("which", "b")
  assert.equal(1, #above(g:eval("TOP")))
  local changed = g:node("TOP").changed_at
  g:set("which", "a")
  local r = g:eval("TOP")
  assert.same({}, above(r))
  assert.same({ "LEAF:which", "LEAF:a" }, g:node("TOP").groups)
  assert.equal(changed, g:node("TOP").changed_at)
  g:set("which", "b")
  g:set("b", "yy")
  assert.equal(2, g:value("TOP"))
end)

behaviour("errors, warnings and recovered values are remembered with the value", function(new)
  local g = new [[
    F.TOP = function(env)
      local v = leaf(env, "l")
      env:warn("warned of " .. v)
      if v == "bad" then error { message = "bad indeed" } end
      return env:get_or_error(k("LEAF", v)) or "recovered"
    end
  ]]
  local function set_and_eval(v, opt)
    g:set("l", v)
    return g:eval("TOP", opt or KG)
  end
  set_and_eval("bad")
  set_and_eval("nothere")
  local r = set_and_eval("bad")
  assert.same({}, above(r))
  assert.equal("bad indeed", r:error(g.key("TOP")).message)
  assert.equal("warned of bad", r.messages[1].text)
  r = set_and_eval("nothere")
  assert.same({}, above(r))
  assert.equal("recovered", r:value(g.key("TOP")))
  set_and_eval("bad")
  assert.equal("no leaf nothere", set_and_eval("nothere", { keep_going = false })
    :error(g.key("TOP")).message)
end)

behaviour("transient errors are not remembered", function(new)
  local g = new [[
    F.TOP = function(env)
      local v = leaf(env, "l")
      if v == "bad" and not peek("good") then env:fail { message = "flaky", transient = true } end
      return v
    end
  ]]
  g:put("l", "bad")
  g:eval("TOP", KG)
  g:set("l", "fine")
  g:value("TOP")
  g:put("good", "")
  g:set("l", "bad")
  assert.equal("bad", g:value("TOP"))
end)

behaviour("what is invalidated or deleted itself is forgotten", function(new)
  local g = new [[
    F.TOP = { hermetic = false, compute = function(env)
      return leaf(env, "l") .. (peek("world") or "")
    end }
  ]]
  g:put("l", "a")
  g:value("TOP")
  g:set("l", "b")
  g:value("TOP")
  g:put("world", "!")
  g.engine:invalidate { g.key("TOP") }
  g:set("l", "a")
  assert.equal("a!", g:value("TOP"))
  g:set("l", "b")
  assert.equal("b!", g:value("TOP"))
  g.engine:delete { g.key("TOP") }
  g:set("l", "a")
  assert.same({ "TOP:nil" }, above(g:eval("TOP")))
end)

behaviour("a dependency that was deleted and made again is a new one", function(new)
  local g = new [[
    F.DEP = function() return { n = tonumber(peek("dep")) } end
    F.TOP = function(env)
      if leaf(env, "which") == "dep" then return env:get(k "DEP").n end
      return 0
    end
  ]]
  g:put("which", "dep")
  g:put("dep", "1")
  assert.equal(1, g:value("TOP"))
  g:set("which", "none")
  assert.equal(0, g:value("TOP"))
  g.engine:delete { g.key("DEP") }
  g:put("dep", "2")
  g:value("DEP")
  g:set("which", "dep")
  assert.equal(2, g:value("TOP"))
end)

behaviour("memory is bounded: what is long ago is computed again", function(new)
  local g = new [[F.TOP = function(env) return leaf(env, "l") end]]
  for i = 1, 50 do
    g:set("l", tostring(i))
    g:value("TOP")
  end
  g:set("l", "3")
  local r = g:eval("TOP")
  assert.equal("3", r:value(g.key("TOP")))
  assert.same({ "TOP:nil" }, above(r))
end)
