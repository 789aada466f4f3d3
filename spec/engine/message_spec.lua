-- Warnings and events: study V01..V08.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

local KG = { keep_going = true }

local WARN = [[
F.CHILD = function(env)
  local v = leaf(env, "l")
  env:warn("child says " .. (peek("word") or "hm"))
  return #v
end
F.TOP = function(env) return env:get(k "CHILD") end
F.BOTH = function(env)
  env:warn "both says hello"
  return #env:get_all { k "TOP", k "CHILD" }
end
]]

local function texts(r)
  local list = {}
  for i, m in ipairs(r.messages) do list[i] = m.text .. (m.fresh and " (fresh)" or "") end
  return list
end

behaviour("V01 a warning is shown once, and again by a later evaluate, as not fresh", function(new)
  local g = new(WARN)
  g:put("l", "a")
  assert.same({ "child says hm (fresh)" }, texts(g:eval("TOP")))
  assert.same({ "child says hm" }, texts(g:eval("TOP")))
  g:mark("l")
  assert.same({ "child says hm" }, texts(g:eval("TOP")))
end, world.restart)

behaviour("V02 warnings of a child that was done before come with the parent", function(new)
  local g = new(WARN)
  g:put("l", "a")
  g:eval("CHILD")
  local r = g:eval("BOTH")
  assert.same({ "child says hm", "both says hello (fresh)" }, texts(r))
  assert.equal(g.key("CHILD"), r.messages[1].key)
  assert.same({ "child says hm", "both says hello" }, texts(g:eval("BOTH")))
end, world.restart)

behaviour("V03 a warning reached on two ways, and by two roots, is shown once", function(new)
  local g = new(WARN)
  g:put("l", "a")
  assert.same({ "child says hm (fresh)", "both says hello (fresh)" }, texts(g:eval("TOP", "BOTH")))
end)

behaviour("V04 what a function warned of comes with its error, in both modes", function(new)
  for _, opt in ipairs { KG, { keep_going = false } } do
    local g = new [[
      F.BAD = function(env) env:warn "careful"; error "bad" end
      F.TOP = function(env) return env:get(k "BAD") end
    ]]
    local r = g:eval("TOP", opt)
    assert.same({ "careful (fresh)" }, texts(r))
    assert.equal("bad", r:error(g.key("TOP")).message)
  end
end, world.restart)

behaviour("V05 warnings of dependencies come first; an event is out before the parent goes on",
  function(new)
    local g = new [[
      F.CHILD = function(env)
        env:warn "1 child"
        env:event { text = "child" }
        return 1
      end
      F.TOP = function(env)
        env:warn "2 top"
        local v = env:get(k "CHILD")
        env:event { text = "top" }
        return v
      end
    ]]
    local r = g:eval("TOP")
    assert.same({ "1 child (fresh)", "2 top (fresh)" }, texts(r))
    local events = {}
    for _, ev in ipairs(r.order) do
      if type(ev) == "table" then events[#events + 1] = ev.text end
    end
    assert.same({ "child", "top" }, events)
  end)

behaviour("V06 progress is told once and not stored", function(new)
  local g = new [[
    F.TOP = function(env) env:event { text = "working" }; return 1 end
  ]]
  assert.equal(2, #g:eval("TOP").order)
  local r = g:eval("TOP")
  assert.equal(0, #r.order)
  assert.same({}, r.messages)
end)

behaviour("V07 a child that is marked but unchanged: its warning is shown, the parent does not run",
  function(new)
    local g = new(WARN)
    g:put("l", "aa")
    g:eval("TOP")
    g:mark("l")
    local r = g:eval("TOP")
    assert.same({ "LEAF:l" }, r.ran)
    assert.same({ "child says hm" }, texts(r))
    -- another warning beside an equal value
    g:put("word", "oh")
    g:set("l", "bb")
    r = g:eval("TOP")
    assert.same({ "CHILD:nil", "LEAF:l" }, r.ran)
    assert.same({ "child says oh (fresh)" }, texts(r))
  end)

only("V07 a body that is entered again warns once", function(new)
  local g = new [[
    F.TOP = function(env)
      env:warn "once"
      local v = env:try(k("LEAF", "l"))
      env:warn "twice"
      return v
    end
  ]]
  g:put("l", "1")
  assert.same({ "once (fresh)", "twice (fresh)" }, texts(g:eval("TOP")))
end, world.variants[1], world.restart)
