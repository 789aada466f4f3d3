-- Contracts of the API and of nodes: study X04, X06, X07, and what ENGINE.md says of misuse.
if require("spec.engine.support.inside").relay(describe, it) then return end
local sky = require "skylua"
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

behaviour("X04 an edge is recorded once, however often it is asked for", function(new)
  local g = new [[
    F.TOP = function(env)
      local n = 0
      for _ = 1, 5 do n = n + #leaf(env, "l") + #env:get_all { k("LEAF", "l"), k("LEAF", "l") } end
      return n
    end
  ]]
  g:put("l", "1")
  assert.equal(15, g:value("TOP"))
  g:set("l", "22")
  assert.equal(20, g:value("TOP"))
  assert.same({ "TOP:nil" }, g:node(g.key("LEAF", "l")).rdeps)
end, world.restart)

behaviour("X06 only parents that have asked in this evaluation are signalled", function(new)
  local signals = {}
  local g = new([[
    F.A = function(env) return leaf(env, "l") end
    F.B = function(env) return leaf(env, "l") end
  ]], { trace = function(ev)
    if ev.event == "signal" then signals[#signals + 1] = tostring(ev.parent) end
  end })
  g:put("l", "1")
  g:eval("A", "B")
  g:set("l", "2")
  signals = {}
  g:eval("A")
  assert.same({ "A:nil" }, signals)
end)

behaviour("X07 a group that loses a member keeps the bounds of the others", function(new)
  local g = new [[
    F.TOP = function(env)
      env:try_all { k("LEAF", "a"), k("LEAF", "gone"), k("LEAF", "b") }
      env:try(k("LEAF", "gone2"))
      env:try_all { k("LEAF", "c"), k("LEAF", "d") }
      error "thrown"
    end
  ]]
  local keys = {}
  for i, name in ipairs { "a", "b", "c", "d" } do
    g:put(name, name)
    keys[i] = g.key("LEAF", name)
  end
  g:eval(table.unpack(keys))
  g:eval("TOP")
  assert.same({ "LEAF:a LEAF:b", "LEAF:c LEAF:d" }, g:node("TOP").groups)
end)

behaviour("nil, functions, cycles and odd keys in values are errors that say where", function(new)
  local g = new [[
    F.NIL = function() end
    F.FN = function() return { attrs = { deps = { 1, 2, print } } } end
    F.CYC = function() local t = { a = {} }; t.a.b = t; return t end
    F.KEY = function() return { [1.5] = 1 } end
    F.META = function() return { x = setmetatable({}, {}) } end
    F.CO = function() return { coroutine.create(print) } end
    F.ENV = function(env) return { env = env } end
    F.ARG = function(env) return env:get(k("LEAF", { f = print })) end
    F.LIST = function(env) return env:get_all { k("LEAF", "a"), "b" } end
    F.NOKEY = function(env) return env:get "LEAF:a" end
  ]]
  local function message(name) return g:eval(name):error(g.key(name)).message end
  assert.equal("NIL:nil: the function returned nil although nothing was missing", message "NIL")
  assert.matches("^FN:nil: attrs.deps%[3%]: a function", message "FN")
  assert.matches("^CYC:nil: a%.b.*cycle", message "CYC")
  assert.matches("^KEY:nil: .*only strings and integers can be keys", message "KEY")
  assert.matches("^META:nil: x: a table with a metatable", message "META")
  assert.matches("^CO:nil: %[1%]: a coroutine", message "CO")
  assert.matches("^ENV:nil: env: userdata", message "ENV")
  assert.matches("key LEAF: the argument is not plain data: f: a function", message "ARG")
  assert.matches("element 2 of the list is a string, not a key", message "LIST")
  assert.matches("key expected, got string", message "NOKEY")
end, world.restart)

behaviour("a key without a function is an error that names it", function(new)
  local g = new [[
    F.TOP = function(env) return env:get(k("NOSUCH", { "x", 1 })) end
  ]]
  for _, opt in ipairs { { keep_going = true }, { keep_going = false } } do
    local err = g:eval("TOP", opt):error(g.key("TOP"))
    assert.equal("E0112", err.code)
    assert.equal('no function computes NOSUCH:{"x", 1}', err.message)
    assert.same({ "TOP:nil", 'NOSUCH:{"x", 1}' }, world.names(err.path))
  end
end)

behaviour("a function that never ends asking is stopped, and named", function(new)
  local g = new([[
    F.DEEP = function(env, n) return env:get(k("DEEP", n + 1)) end
    local calls = 0
    F.AGAIN = function(env)
      calls = calls + 1
      env:try(k("ONE", calls))
      return nil
    end
    F.ONE = function(_, n) return n end
  ]], { max_waiting = 1000 })
  local err = g:eval(g.key("DEEP", 1)):error(g.key("DEEP", 1))
  assert.equal("E0111", err.code)
  assert.matches("^DEEP:%d+: it asks for DEEP:%d+ while 1000 computations wait", err.message)
  assert.matches("never to end", err.message)
  assert.is_true(#err.path >= 1000)
  err = g:eval("AGAIN"):error(g.key("AGAIN"))
  assert.matches("^AGAIN:nil: the function .* never to end$", err.message)
end)

behaviour("wrong arguments are refused, and the engine stays usable", function(new)
  local g = new [[
    F.TOP = function(env) return leaf(env, "l") end
  ]]
  g:put("l", "1")
  local e, top = g.engine, g.key("TOP")
  local function refused(pattern, fn, ...)
    local ok, why = pcall(fn, ...)
    assert.is_false(ok)
    assert.matches(pattern, type(why) == "table" and why.message or why)
  end
  refused("element 2 of the list is a string, not a key", e.evaluate, e, { top, "TOP" })
  refused("table expected", e.evaluate, e)
  refused("table expected", e.evaluate, e, "TOP")
  refused("unknown option 'keep_goin'", e.evaluate, e, { top }, { keep_goin = true })
  refused("timeout", e.evaluate, e, { top }, { timeout = "long" })
  refused("timeout", e.evaluate, e, { top }, { timeout = -1 })
  refused("TOP is hermetic", e.inject, e, top, 1)
  refused("nil", e.inject, e, g.key("LEAF", "l"), nil)
  refused("a function", e.inject, e, g.key("LEAF", "l"), { print })
  refused("key expected", e.node, e, "TOP")
  refused("key expected", function() e:evaluate({ top }):value("TOP") end)
  refused("element 1 of the list is a number", e.invalidate, e, { 1 })
  refused("element 1 of the list is a number", e.delete, e, { 1 })
  assert.equal("1", g:value(top))
end)

it("sky.engine refuses what it does not know", function()
  local function refused(pattern, options)
    local ok, why = pcall(sky.engine, options)
    assert.is_false(ok)
    assert.matches(pattern, type(why) == "table" and why.message or why)
  end
  refused("functions is missing", {})
  refused("unknown option 'function'", { ["function"] = "x.lua" })
  refused("/no/such.lua", { functions = "/no/such.lua" })
  local g = world.new ""
  local path = g.options.functions
  refused("evaluators must be an integer", { functions = path, evaluators = -1 })
  refused("evaluators must be an integer", { functions = path, evaluators = "two" })
  refused("invalid option 'fast'", { functions = path, mode = "fast" })
  refused("function expected", { functions = path, trace = "yes" })
  local function module(text)
    g:put("m.lua", text)
    return { functions = g.dir .. "/m.lua", evaluators = 0 }
  end
  refused("unexpected symbol", module "return {")
  refused("returned a nil", module "")
  refused("X is no function and has no compute", module "return { X = 1 }")
  refused("a name is a number", module "return { function() end }")
end)

it("an engine in use is not used again from within", function()
  local g
  local why = {}
  g = world.new([[F.TOP = function() return 1 end]], nil, { trace = function(ev)
    if ev.event ~= "done" then return end
    for _, try in ipairs {
      function() g.engine:evaluate { g.key("TOP") } end,
      function() g.engine:inject(g.key("LEAF", "l"), 1) end,
      function() g.engine:invalidate { g.key("TOP") } end,
      function() g.engine:invalidate_errors() end,
      function() g.engine:delete { g.key("TOP") } end,
      function() g.engine:close() end,
    } do
      local ok, e = pcall(try)
      why[#why + 1] = not ok and (type(e) == "table" and e.message or e) or "?"
    end
  end })
  assert.equal(1, g:value("TOP"))
  assert.equal(6, #why)
  for _, message in ipairs(why) do assert.matches("evaluating already", message) end
end)

it("an error in a trace function comes out of evaluate, and the engine stays usable", function()
  local bad = true
  local g = world.new([[F.TOP = function(env) return leaf(env, "l") end]], nil, {
    trace = function() if bad then error "trace is broken" end end })
  g:put("l", "1")
  local ok, why = pcall(g.eval, g, "TOP")
  assert.is_false(ok)
  assert.matches("trace is broken", tostring(why))
  bad = false
  assert.equal("1", g:value("TOP"))
end)

it("a closed engine says so", function()
  local g = world.new [[F.TOP = function() return 1 end]]
  local e = g.engine
  e:close()
  e:close()
  local ok, why = pcall(e.evaluate, e, { g.key("TOP") })
  assert.is_false(ok)
  assert.matches("the engine is closed", why)
end)

behaviour("values are read-only and keep their kinds", function(new)
  local g = new [[
    F.VAL = function() return { 1, 2.5, "s", true, { a = { b = {} } }, 1 << 40, 0.0, "\0\255" } end
    F.TOP = function(env)
      local v = env:get(k "VAL")
      local ok, err = pcall(function() v[5].a.b = 1 end)
      return { #v, math.type(v[1]), math.type(v[2]), math.type(v[7]), ok, #v[8], v[6], err,
        env:get(k "VAL")[1] }
    end
  ]]
  local v = g:value("TOP")
  assert.equal(8, v[1])
  assert.equal("integer", v[2])
  assert.equal("float", v[3])
  assert.equal("float", v[4])
  assert.is_false(v[5])
  assert.equal(2, v[6])
  assert.equal(1 << 40, v[7])
  assert.matches("frozen: cannot set 'b'", v[8])
  assert.equal(1, v[9])
end)

behaviour("roots given twice, no roots, a lone key", function(new)
  local g = new [[F.TOP = function(env) return leaf(env, "l") end]]
  g:put("l", "1")
  local r = g:eval("TOP", "TOP")
  assert.is_true(r:ok())
  assert.same({ "LEAF:l", "TOP:nil" }, r.ran)
  assert.is_true(g.engine:evaluate({}):ok())
  assert.equal("1", g.engine:evaluate(g.key("TOP")):value(g.key("TOP")))
end)

behaviour("statistics: entered, checked, pruned, resumed, restarted", function(new, variant)
  local g = new [[
    F.MID = function(env) return #leaf(env, "l") end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  g:put("l", "1")
  local restart = variant.mode == "restart"
  local s = g:eval("TOP").stats
  assert.equal(restart and 5 or 3, s.evaluated)
  assert.equal(restart and 2 or 0, s.restarted)
  assert.equal(restart and 0 or 2, s.resumed)
  assert.is_true(s.wall_ns > 0)
  g:set("l", "2")
  s = g:eval("TOP").stats
  assert.equal(2, s.evaluated)
  assert.equal(1, s.pruned)
  assert.equal(1, s.checked)
  assert.equal(3, g.engine:stats().total)
end, world.restart)
