-- Interrupts and time limits: study N01..N04.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour, only = world.behaviour, world.only
after_each(world.close_all)

--- A world that interrupts itself at the event `when(ev)`.
local function interrupting(new, text)
  local g, when
  g = new(text, { trace = function(ev)
    if when and when(ev) then g.engine:interrupt() end
  end })
  return g, function(fn) when = fn end
end

local STEPS = [[
F.STEP = function(_, i) return i end
F.TOP = function(env)
  local sum = 0
  for i = 1, 100 do sum = sum + env:get(k("STEP", i)) end
  return sum
end
]]

behaviour("N01 an interrupt stops between two functions; the engine stays usable", function(new)
  local g, at = interrupting(new, STEPS)
  at(function(ev) return ev.event == "done" and ev.key == g.key("STEP", 50) end)
  local r = g:eval("TOP")
  assert.is_true(r.interrupted)
  assert.is_false(r:ok())
  assert.is_nil(r:value(g.key("TOP")))
  assert.is_nil(r:error(g.key("TOP")))
  at(nil)
  assert.equal(5050, g:value("TOP"))
end, world.restart)

-- The thread sanitizer holds signals back until a system call: an endless loop makes none.
local endless = (os.getenv("SKYLUA") or ""):find("tsan") and function() end or behaviour

endless("N01 an endless loop in a function ends with the time limit", function(new)
  local g = new [[
    F.LOOP = function() while not peek("stop") do end return "stopped" end
    F.TOP = function(env) return env:get(k "LOOP") end
    F.SPIN = function() while true do end end
    F.DEEP = function(env)
      env:fork(function() while true do end end)
      env:join()
      return 1
    end
  ]]
  for _, name in ipairs { "TOP", "SPIN", "DEEP" } do
    local r = g:eval(name, { timeout = 0.1 })
    assert.is_true(r.interrupted, name)
    assert.is_false(r:ok())
  end
  g:put("stop", "")
  assert.equal("stopped", g:value("TOP"))
end)

endless("N01 a function cannot swallow the interrupt", function(new)
  local g = new [[
    F.TOP = function()
      while true do pcall(function() while true do end end) end
    end
  ]]
  assert.is_true(g:eval("TOP", { timeout = 0.1 }).interrupted)
  assert.is_nil(g:node("TOP"))
end)

behaviour("N02 what was done before an interrupt is not done again", function(new)
  local g, at = interrupting(new, STEPS)
  at(function(ev) return ev.event == "done" and ev.key == g.key("STEP", 50) end)
  g:eval("TOP")
  at(nil)
  local r = g:eval("TOP")
  local again = 0
  for i = 1, 49 do
    for _, name in ipairs(r.ran) do if name == "STEP:" .. i then again = again + 1 end end
  end
  assert.equal(0, again)
end)

behaviour("N03 an interrupt while roots are still being taken in", function(new)
  local g, at = interrupting(new, STEPS)
  at(function(ev) return ev.event == "enqueued" end)
  local r = g:eval(g.key("STEP", 1), g.key("STEP", 2))
  assert.is_true(r.interrupted)
  at(nil)
  assert.is_true(g:eval(g.key("STEP", 1), g.key("STEP", 2)):ok())
end)

only("N04 failing fast with another root under way: one error, no entry for the other",
  function(new)
    local g = new(STEPS .. [[
      F.BAD = function(env) env:get(k("STEP", 1)); error "bad" end
    ]])
    local r = g:eval("TOP", "BAD")
    assert.matches("bad", r:error(g.key("BAD")).message)
    assert.is_nil(r:error(g.key("TOP")))
    assert.is_nil(r:value(g.key("TOP")))
    assert.is_nil(g:node("TOP"))
  end, world.variants[1], world.restart)

behaviour("a time limit that is not reached does nothing", function(new)
  local g = new(STEPS)
  local r = g:eval("TOP", { timeout = 60 })
  assert.is_true(r:ok())
  assert.is_false(r.interrupted)
end)
