-- Injection: study I01..I05.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

local TEXT = [[
F.IN = { hermetic = false, compute = function(env, how)
  if how == "deep" then return "computed " .. leaf(env, "l") end
  return peek("in") or error "only ever injected"
end }
F.TOP = function(env, how) return "top of " .. env:get(k("IN", how)) end
]]

local prepare = {
  ["a new node"] = function() end,
  ["a node with a value"] = function(g) g:put("in", "old"); g:value(g.key("TOP", "a")) end,
  ["a node that was injected"] = function(g) g.engine:inject(g.key("IN", "a"), "first") end,
  ["an injected node with parents"] = function(g)
    g.engine:inject(g.key("IN", "a"), "first")
    g:value(g.key("TOP", "a"))
  end,
  ["a node that must be computed"] = function(g)
    g:put("in", "old")
    g:value(g.key("TOP", "a"))
    g.engine:invalidate { g.key("IN", "a") }
  end,
  ["a node in error"] = function(g)
    g:eval(g.key("TOP", "a"), { keep_going = true })
    assert.is_not_nil(g:node(g.key("IN", "a")).error)
  end,
  ["a deleted node"] = function(g)
    g:put("in", "old")
    g:value(g.key("TOP", "a"))
    g.engine:delete { g.key("IN", "a") }
  end,
}

for name, before in require("skylua").pairs(prepare) do
  behaviour("I01 injected into " .. name .. " the value wins", function(new)
    local g = new(TEXT)
    before(g)
    g:put("in", "computed")
    g.engine:inject(g.key("IN", "a"), "injected")
    assert.equal("done", g:node(g.key("IN", "a")).state)
    local r = g:eval(g.key("TOP", "a"))
    assert.equal("top of injected", r:value(g.key("TOP", "a")))
    assert.same({ "TOP:a" }, r.ran)
  end)
end

behaviour("I02 an equal value injected changes nothing", function(new)
  local g = new(TEXT)
  g.engine:inject(g.key("IN", "a"), { list = { 1, 2 } })
  local before = g:node(g.key("IN", "a"))
  g.engine:inject(g.key("IN", "b"), "x")
  g:value(g.key("TOP", "b"))
  g.engine:inject(g.key("IN", "b"), "x")
  g.engine:inject(g.key("IN", "a"), { list = { 1, 2 } })
  assert.equal("done", g:node(g.key("TOP", "b")).state)
  assert.equal(before.changed_at, g:node(g.key("IN", "a")).changed_at)
  assert.same({}, g:eval(g.key("TOP", "b")).ran)
end)

behaviour("I03 another value dirties what depends on it", function(new)
  local g = new(TEXT)
  g.engine:inject(g.key("IN", "a"), "1")
  g:value(g.key("TOP", "a"))
  g.engine:inject(g.key("IN", "a"), "2")
  assert.equal("dirty", g:node(g.key("TOP", "a")).state)
  assert.equal("top of 2", g:value(g.key("TOP", "a")))
end)

behaviour("I04 a node with dependencies is computed from them instead", function(new)
  local g = new(TEXT)
  g:put("l", "1")
  g:value(g.key("TOP", "deep"))
  g.engine:inject(g.key("IN", "deep"), "injected")
  local r = g:eval(g.key("TOP", "deep"))
  assert.equal("top of computed 1", r:value(g.key("TOP", "deep")))
  assert.same({ "IN:deep" }, r.ran)
end)

behaviour("I05 an injection outlives an interrupted evaluate", function(new)
  local g, stop
  g = new(TEXT, { trace = function(ev)
    if stop and ev.event == "dequeued" then g.engine:interrupt() end
  end })
  g.engine:inject(g.key("IN", "a"), "1")
  g:value(g.key("TOP", "a"))
  g.engine:inject(g.key("IN", "a"), "2")
  stop = true
  assert.is_true(g:eval(g.key("TOP", "a")).interrupted)
  stop = false
  assert.equal("top of 2", g:value(g.key("TOP", "a")))
end)
