-- Invalidation and change pruning: study C01..C24.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

local CHAIN = [[
F.MID = function(env)
  if peek("broken") then error "broken" end
  return leaf(env, "l")
end
F.TOP = function(env) return env:get(k "MID") end
]]

behaviour("C01 an unchanged leaf: nothing above it runs, nothing stays dirty", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g:put("broken", "")
  g:mark("l")
  local r = g:eval("TOP")
  assert.equal("1", r:value(g.key("TOP")))
  assert.same({ "LEAF:l" }, r.ran)
  for _, name in ipairs { "MID", "TOP" } do assert.equal("done", g:node(name).state) end
end, world.restart)

local CONSTANT = [[
F.TOP = function(env)
  leaf(env, "l")
  leaf(env, "other")
  return "same"
end
]]

behaviour("C02 after a real change that was pruned, an unreal one does not run the parent",
  function(new)
    local g = new(CONSTANT)
    g:put("l", "1")
    g:put("other", "x")
    g:value("TOP")
    g:set("l", "2")
    local r = g:eval("TOP")
    assert.same({ "LEAF:l", "TOP:nil" }, r.ran)
    assert.equal(1, r.stats.pruned)
    local changed = g:node("TOP").changed_at
    g:mark("l")
    assert.same({ "LEAF:l" }, g:eval("TOP").ran)
    local n = g:node("TOP")
    assert.equal(changed, n.changed_at)
    assert.is_true(n.verified_at > n.changed_at)
  end, world.restart)

behaviour("C03 nor does an unreal change of another dependency", function(new)
  local g = new(CONSTANT)
  g:put("l", "1")
  g:put("other", "x")
  g:value("TOP")
  g:set("l", "2")
  g:value("TOP")
  g:mark("l", "other")
  assert.same({ "LEAF:l", "LEAF:other" }, g:eval("TOP").ran)
end)

behaviour("C04 what is not asked for stays dirty, and is cleaned later unrun", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g:mark("l")
  g:value(g.key("LEAF", "l"))
  assert.equal("dirty", g:node("MID").state)
  assert.equal("dirty", g:node("TOP").state)
  local r = g:eval("TOP")
  assert.same({}, r.ran)
  assert.equal(2, r.stats.checked)
  assert.equal("done", g:node("TOP").state)
end, world.restart)

behaviour("C05 a dependency that is no longer wanted is not even checked", function(new)
  local g = new [[
    F.DRINK = function(env, what)
      if peek("dry") and what == "absinthe" then error "never" end
      return leaf(env, what)
    end
    F.TOP = function(env)
      local author = leaf(env, "author")
      local what = author == "hemingway" and "absinthe" or "whiskey"
      return author .. " drank " .. env:get(k("DRINK", what))
    end
  ]]
  g:put("author", "hemingway")
  g:put("absinthe", "absinthe")
  g:put("whiskey", "whiskey")
  assert.equal("hemingway drank absinthe", g:value("TOP"))
  g:put("dry", "")
  g:set("author", "joyce")
  g:set("absinthe", "spilt")
  local r = g:eval("TOP")
  assert.equal("joyce drank whiskey", r:value(g.key("TOP")))
  assert.same({ "DRINK:whiskey", "LEAF:author", "LEAF:whiskey", "TOP:nil" }, r.ran)
  assert.equal("dirty", g:node(g.key("DRINK", "absinthe")).state)
  assert.same({}, g:node(g.key("DRINK", "absinthe")).rdeps)
end)

behaviour("C06 of a dropped dependency only the edge goes", function(new)
  local touched = {}
  local g = new([[
    F.X = function(env) return leaf(env, "x") end
    F.TOP = function(env)
      local function l(n) return k("LEAF", n) end
      env:get_all { l "l0", l "l1", l "l2" }
      return env:get_all { l "l2", l(env:get(k "X")) }[2]
    end
  ]], { trace = function(ev) touched[#touched + 1] = tostring(ev.key) end })
  for _, name in ipairs { "l0", "l1", "l2", "leaf4", "leaf5" } do g:put(name, name) end
  g:put("x", "leaf4")
  assert.equal("leaf4", g:value("TOP"))
  g:set("x", "leaf5")
  touched = {}
  assert.equal("leaf5", g:value("TOP"))
  for _, key in ipairs(touched) do assert.not_equal("LEAF:leaf4", key) end
  assert.same({}, g:node(g.key("LEAF", "leaf4")).rdeps)
  assert.same({ "LEAF:l0 LEAF:l1 LEAF:l2", "X:nil", "LEAF:leaf5" }, g:node("TOP").groups)
end, world.restart)

behaviour("C07 a constant function hides the changes below it", function(new)
  local g = new [[
    F.MID = function(env) leaf(env, "l"); return "constant" end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  g:put("l", "0")
  g:value("TOP")
  for i = 1, 2 do
    g:set("l", tostring(i))
    local r = g:eval("TOP")
    assert.equal("constant", r:value(g.key("TOP")))
    assert.same({ "LEAF:l", "MID:nil" }, r.ran)
  end
end)

local NONHERMETIC_MID = [[
F.MID = { hermetic = false, compute = function(env) return leaf(env, "l") .. peek("mid") end }
F.TOP = function(env) return env:get(k "MID") end
]]

behaviour("C08 dirty in one build, changed in the next: the new value", function(new)
  local g = new(NONHERMETIC_MID)
  g:put("l", "1")
  g:put("mid", "a")
  assert.equal("1a", g:value("TOP"))
  g:set("l", "2")
  g:value(g.key("LEAF", "l"))
  g:put("mid", "b")
  g.engine:invalidate { g.key("MID") }
  assert.equal("2b", g:value("TOP"))
end)

behaviour("C09 marked as changed and as dirty in either order, it is changed", function(new)
  for order = 1, 2 do
    local g = new(NONHERMETIC_MID)
    g:put("l", "1")
    g:put("mid", "a")
    g:value("TOP")
    g:put("mid", "b")
    if order == 1 then g:mark("l") end
    g.engine:invalidate { g.key("MID") }
    if order == 2 then g:mark("l") end
    assert.equal("changed", g:node("MID").state)
    assert.equal("1b", g:value("TOP"))
  end
end)

behaviour("C10 a dependency dropped in the build in which it changed, and regained", function(new)
  local g = new [[
    F.TOP = function(env)
      if leaf(env, "switch") == "with" then return leaf(env, "dep") end
      return "without"
    end
  ]]
  g:put("switch", "with")
  g:put("dep", "1")
  assert.equal("1", g:value("TOP"))
  g:set("switch", "out")
  g:set("dep", "2")
  assert.equal("without", g:value("TOP"))
  g:set("switch", "with")
  assert.equal("2", g:value("TOP"))
end)

behaviour("C11 a hundred unchanged leaves, five times: the parent never runs", function(new)
  local g = new [[
    F.TOP = function(env)
      if peek("broken") then error "never" end
      local keys = {}
      for i = 1, 100 do keys[i] = k("LEAF", "l" .. i) end
      return table.concat(env:get_all(keys))
    end
  ]]
  local leaves = {}
  for i = 1, 100 do
    leaves[i] = "l" .. i
    g:put(leaves[i], "x")
  end
  g:value("TOP")
  g:put("broken", "")
  for _ = 1, 5 do
    g:mark(table.unpack(leaves))
    local r = g:eval("TOP")
    assert.equal(100, #r.ran)
    assert.equal(("x"):rep(100), r:value(g.key("TOP")))
  end
end)

behaviour("C12 a dependency more", function(new)
  local g = new [[
    F.TOP = function(env)
      local b = leaf(env, "b")
      return b == "first" and b or b .. leaf(env, "c")
    end
  ]]
  g:put("b", "first")
  g:put("c", "second")
  assert.equal("first", g:value("TOP"))
  g:set("b", "now")
  assert.equal("nowsecond", g:value("TOP"))
  assert.same({ "LEAF:b", "LEAF:c" }, g:node("TOP").groups)
end, world.restart)

behaviour("C14 clean or computed to an equal value: changed_at stays, verified_at goes on",
  function(new)
    local g = new [[
      F.LEN = function(env) return { n = #leaf(env, "l") } end
      F.TOP = function(env) return env:get(k "LEN").n end
    ]]
    g:put("l", "aa")
    g:value("TOP")
    local before = g:node("LEN")
    g:set("l", "bb")
    local r = g:eval("TOP")
    assert.same({ "LEAF:l", "LEN:nil" }, r.ran)
    local len, top = g:node("LEN"), g:node("TOP")
    assert.equal(before.changed_at, len.changed_at)
    assert.is_true(len.verified_at > before.verified_at)
    assert.is_true(top.verified_at > top.changed_at)
    g:set("l", "ccc")
    assert.equal(3, g:value("TOP"))
    assert.equal(g:node("LEN").changed_at, g:node("LEN").verified_at)
  end)

behaviour("C15 the same value, newly with an error that was met, is a change", function(new)
  local g = new [[
    F.MID = function(env) return env:get_or_error(k("LEAF", "l")) or "x" end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  g:put("l", "x")
  assert.equal("x", g:value("TOP", { keep_going = true }))
  local before = g:node("MID").changed_at
  g:set("l", nil)
  assert.equal("x", g:value("TOP", { keep_going = true }))
  assert.is_true(g:node("MID").changed_at > before)
end)

behaviour("C16 an equal value from other dependencies or in another order is pruned", function(new)
  local g = new [[
    F.MID = function(env)
      local order = {}
      for name in leaf(env, "order"):gmatch("%a") do order[#order + 1] = k("LEAF", name) end
      env:get_all(order)
      return "same"
    end
    F.TOP = function(env) return env:get(k "MID") end
  ]]
  for _, name in ipairs { "a", "b", "c" } do g:put(name, name) end
  g:put("order", "ab")
  g:value("TOP")
  for _, order in ipairs { "ba", "abc", "c" } do
    g:set("order", order)
    local r = g:eval("TOP")
    assert.same({ "LEAF:order", "MID:nil" }, order == "abc" and { r.ran[#r.ran - 1], r.ran[#r.ran] }
      or r.ran)
    assert.equal(1, r.stats.pruned)
  end
  assert.same({ "LEAF:order", "LEAF:c" }, g:node("MID").groups)
end)

behaviour("C17 an equal error prunes too (decided otherwise than upstream); another one does not",
  function(new)
    local g = new [[
      F.MID = function(env) error { message = "bad " .. #leaf(env, "l") } end
      F.TOP = function(env) return env:get(k "MID") end
    ]]
    g:put("l", "aa")
    assert.equal("bad 2", g:eval("TOP", { keep_going = true }):error(g.key("TOP")).message)
    g:set("l", "bb")
    local r = g:eval("TOP", { keep_going = true })
    assert.same({ "LEAF:l", "MID:nil" }, r.ran)
    assert.equal("bad 2", r:error(g.key("TOP")).message)
    g:set("l", "ccc")
    r = g:eval("TOP", { keep_going = true })
    assert.same({ "LEAF:l", "MID:nil", "TOP:nil" }, r.ran)
    assert.equal("bad 3", r:error(g.key("TOP")).message)
  end)

behaviour("C18 groups are checked one after the other, up to the first change", function(new)
  local g = new [[
    F.TOP = function(env)
      local s = ""
      for i = 1, 5 do s = s .. leaf(env, "l" .. i) end
      return s
    end
  ]]
  for i = 1, 5 do g:put("l" .. i, tostring(i)) end
  g:value("TOP")
  g:mark("l1", "l2", "l3", "l4", "l5")
  local r = g:eval("TOP")
  assert.same({ "LEAF:l1", "LEAF:l2", "LEAF:l3", "LEAF:l4", "LEAF:l5" }, r.order)
  g:mark("l1", "l2", "l4", "l5")
  g:set("l3", "x")
  r = g:eval("TOP")
  assert.same({ "LEAF:l1", "LEAF:l2", "LEAF:l3", "TOP:nil", "LEAF:l4", "LEAF:l5" }, r.order)
end)

behaviour("C19 persistent errors are not run again, transient ones are, when told so", function(new)
  local g = new [[
    F.BAD = function(_, n) error("persistent " .. n) end
    F.FLAKY = function(env) env:fail { message = "flaky", transient = true } end
    F.TOP = function(env)
      return #env:get_all { k("BAD", 1), k("BAD", 2), k "FLAKY" }
    end
  ]]
  g:eval("TOP", { keep_going = true })
  assert.same({}, g:eval("TOP", { keep_going = true }).ran)
  g.engine:invalidate_errors()
  assert.same({ "FLAKY:nil" }, g:eval("TOP", { keep_going = true }).ran)
end)

behaviour("C20 invalidating unknown keys does nothing", function(new)
  local g = new(CHAIN)
  g:put("l", "1")
  g:value("TOP")
  g:mark("nobody", "knows")
  g.engine:invalidate { g.key("NOSUCH", 1) }
  assert.same({}, g:eval("TOP").ran)
  assert.is_nil(g:node(g.key("NOSUCH", 1)))
end)

behaviour("C21 a dropped dependency dirties nobody", function(new)
  local g = new [[
    F.TOP = function(env) return leaf(env, leaf(env, "which")) end
  ]]
  g:put("a", "1")
  g:put("b", "2")
  g:put("which", "a")
  g:value("TOP")
  g:set("which", "b")
  assert.equal("2", g:value("TOP"))
  g:set("a", "3")
  assert.equal("done", g:node("TOP").state)
end)

behaviour("C22 of a chain the origin is changed and all others are dirty", function(new)
  local g = new [[
    F.N = function(env, i) return i == 0 and leaf(env, "l") or env:get(k("N", i - 1)) end
  ]]
  g:put("l", "1")
  g:value(g.key("N", 50))
  g:mark("l")
  g:mark("l")
  assert.equal("changed", g:node(g.key("LEAF", "l")).state)
  for i = 0, 50 do assert.equal("dirty", g:node(g.key("N", i)).state) end
end)

behaviour("C23 in a random graph exactly what stands above is dirtied", function(new)
  local g = new [[
    F.N = function(env, i)
      if i <= 50 then return leaf(env, "l" .. i) end
      local keys, x = {}, i
      for n = 1, 3 do
        x = (x * 1103515245 + 12345) % 2147483648
        keys[n] = k("N", x % (i - 1) + 1)
      end
      return #table.concat(env:get_all(keys)) % 7 .. ""
    end
  ]]
  local size = 400
  for i = 1, 50 do g:put("l" .. i, "x") end
  local all = {}
  for i = 1, size do all[i] = g.key("N", i) end
  g.engine:evaluate(all)
  local above = {}
  g:mark("l7")
  for i = 1, size do
    above[i] = i == 7
    local x = i
    for _ = 1, i > 50 and 3 or 0 do
      x = (x * 1103515245 + 12345) % 2147483648
      above[i] = above[i] or above[x % (i - 1) + 1]
    end
    assert.equal(above[i] and "dirty" or "done", g:node(all[i]).state, tostring(i))
  end
end)

behaviour("C24 an interrupted evaluate leaves what was invalidated so", function(new)
  local engine, stop
  local g = new(CHAIN, { trace = function(ev)
    if stop and ev.event == "dequeued" then engine:interrupt() end
  end })
  engine = g.engine
  g:put("l", "1")
  g:value("TOP")
  g:set("l", "2")
  stop = true
  local r = g:eval("TOP")
  assert.is_true(r.interrupted)
  assert.is_false(r:ok())
  assert.is_nil(r:value(g.key("TOP")))
  stop = false
  assert.equal("2", g:value("TOP"))
end)
