-- Deletion and coming back: study D01..D11.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

local CHAIN = [[
F.MID = function(env) return leaf(env, "l") end
F.TOP = function(env) return env:get(k "MID") end
]]

behaviour("D01 deleting a key deletes all that depends on it, and not what it depends on",
  function(new)
    local g = new(CHAIN)
    g:put("l", "1")
    g:value("TOP")
    g.engine:delete { g.key("MID") }
    assert.is_nil(g:node("TOP"))
    assert.is_nil(g:node("MID"))
    assert.equal("done", g:node(g.key("LEAF", "l")).state)
    assert.same({}, g:node(g.key("LEAF", "l")).rdeps)
    assert.same({ "LEAF:l" }, world.names(g.engine:keys()))
    assert.same({ "MID:nil", "TOP:nil" }, g:eval("TOP").ran)
  end)

behaviour("D02 deleting what is not there does nothing", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g.engine:delete { g.key("LEAF", "other"), g.key("NOSUCH") }
  assert.same({}, g:eval("TOP").ran)
end)

behaviour("D04 dirty, then deleted, then its leaf marked", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g:mark("l")
  g.engine:delete { g.key("TOP") }
  g:set("l", "2")
  assert.equal("2", g:value(g.key("LEAF", "l")))
  assert.equal("2", g:value("TOP"))
end)

behaviour("D05 everything is deleted while dirty", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g:set("l", "2")
  g.engine:delete { g.key("LEAF", "l") }
  assert.same({}, g.engine:keys())
  assert.equal("2", g:value("TOP"))
end)

behaviour("D06 a node removed from the dependencies comes back directly", function(new)
  local g = new [[
    F.MID = function(env) return leaf(env, "l") end
    F.TOP = function(env)
      local how = leaf(env, "how")
      if how == "mid" then return env:get(k "MID") end
      if how == "leaf" then return leaf(env, "l") end
      return "none"
    end
  ]]
  g:put("l", "1")
  g:put("how", "mid")
  assert.equal("1", g:value("TOP"))
  g:set("how", "none")
  assert.equal("none", g:value("TOP"))
  g.engine:delete { g.key("MID") }
  g:set("how", "leaf")
  assert.equal("1", g:value("TOP"))
  g:set("l", "2")
  assert.equal("2", g:value("TOP"))
  assert.is_nil(g:node("MID"))
  assert.same({ "TOP:nil" }, g:node(g.key("LEAF", "l")).rdeps)
  g:set("how", "mid")
  g:set("l", "3")
  assert.equal("3", g:value("TOP"))
end)

--- Interrupts while `name` is computed.
local function interrupting(new, text)
  local g, stop
  g = new(text, { trace = function(ev)
    if stop and ev.event == "dequeued" and tostring(ev.key) == stop then g.engine:interrupt() end
  end })
  return g, function(name) stop = name end
end

behaviour("D07 a dirty dependency of an interrupted node stays, for later", function(new)
  local g, stop_at = interrupting(new, [[
    F.INACTIVE = function(env) return leaf(env, "l") end
    F.TOP = function(env) return env:get(k "INACTIVE") .. leaf(env, "slow") end
  ]])
  g:put("l", "1")
  g:put("slow", "s")
  g:value("INACTIVE")
  g:set("l", "2")
  stop_at("LEAF:slow")
  assert.is_true(g:eval("TOP").interrupted)
  stop_at(nil)
  assert.is_nil(g:node("TOP"))
  g:set("l", "3")
  assert.equal("dirty", g:node("INACTIVE").state)
  assert.equal("3", g:value("INACTIVE"))
  assert.equal("3s", g:value("TOP"))
end)

behaviour("D08 a leaf that an interrupt took away comes back alone", function(new)
  local g, stop_at = interrupting(new, CHAIN)
  g:put("l", "1")
  stop_at("LEAF:l")
  assert.is_true(g:eval("TOP").interrupted)
  stop_at(nil)
  assert.is_nil(g:node("TOP"))
  g:value(g.key("LEAF", "l"))
  assert.same({}, g:node(g.key("LEAF", "l")).rdeps)
  g:set("l", "2")
  assert.equal("2", g:value("TOP"))
  assert.same({ "MID:nil" }, g:node(g.key("LEAF", "l")).rdeps)
end)

for _, how in ipairs { "error", "interrupt" } do
  behaviour("D09 a thousand dirty nodes and a leaf that fails: " .. how, function(new)
    local g, stop_at = interrupting(new, [[
      F.N = function(env, _) return leaf(env, "l") .. leaf(env, "last") end
    ]])
    g:put("l", "1")
    g:put("last", "a")
    local all = {}
    for i = 1, 1000 do all[i] = g.key("N", i) end
    assert.is_true(g.engine:evaluate(all):ok())
    g:set("l", "2")
    if how == "error" then
      g:set("last", nil)
    else
      g:mark("last")
      stop_at("LEAF:last")
    end
    assert.is_false(g.engine:evaluate(all):ok())
    stop_at(nil)
    g:set("last", "b")
    local r = g.engine:evaluate(all)
    for _, key in ipairs(all) do assert.equal("2b", r:value(key)) end
  end)
end
