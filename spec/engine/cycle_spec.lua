-- Cycles: study Y01..Y16.
if require("spec.engine.support.inside").relay(describe, it) then return end
local world = require "spec.engine.support.world"
local behaviour = world.behaviour
after_each(world.close_all)

local KG = { keep_going = true }
-- A node asks for what the file of its name lists: "b c" one after the other, "b,c"
-- as a group.
local GRAPH = [[
F.N = function(env, name)
  local out = name
  for group in leaf(env, name):gmatch("%S+") do
    local keys = {}
    for n in group:gmatch("[^,]+") do keys[#keys + 1] = k("N", n) end
    out = out .. table.concat(env:get_all(keys))
  end
  return out
end
]]

local function graph(new, edges)
  local g = new(GRAPH)
  for name, deps in require("skylua").pairs(edges) do g:put(name, deps) end
  function g.error_of(name, options)
    local err = g:eval(g.key("N", name), options):error(g.key("N", name))
    assert.is_not_nil(err, "no error")
    assert.equal("E0110", err.code)
    return err
  end
  return g
end

local function short(keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = key.argument end
  return table.concat(list, " ")
end

for _, kg in ipairs { false, true } do
  local how, opt = kg and "keeping going" or "failing fast", { keep_going = kg }

  behaviour("Y01 a cycle begins at the first node reached, its path is what comes before, " .. how,
    function(new)
      local g = graph(new, { a = "b", b = "c", c = "d", d = "b" })
      local err = g.error_of("a", opt)
      assert.equal("a", short(err.path))
      assert.equal("b c d", short(err.cycle))
      assert.equal("dependency cycle: N:b -> N:c -> N:d -> N:b", err.message)
      g = graph(new, { a = "b", b = "a" })
      err = g.error_of("a", opt)
      assert.equal("", short(err.path))
      assert.equal("a b", short(err.cycle))
      assert.equal("b a", short(g.error_of("b", opt).cycle))
      g = graph(new, { top = "mid", mid = "self", self = "self" })
      err = g.error_of("top", opt)
      assert.equal("top mid", short(err.path))
      assert.equal("self", short(err.cycle))
      g = graph(new, { a = "b tail", b = "a", tail = "" })
      assert.equal("a b", short(g.error_of("a", opt).cycle))
    end, world.restart)

  behaviour("Y01 a long cycle, " .. how, function(new)
    local edges, want = { top = "n1" }, {}
    for i = 1, 60 do
      edges["n" .. i] = "n" .. i % 60 + 1
      want[i] = "n" .. i
    end
    local err = graph(new, edges).error_of("top", opt)
    assert.equal("top", short(err.path))
    assert.equal(table.concat(want, " "), short(err.cycle))
  end)

  behaviour("Y04 a triangle below the head of a cycle is one cycle, " .. how, function(new)
    local err = graph(new, { top = "a", a = "b,c", b = "c", c = "top" }).error_of("top", opt)
    assert.is_nil(err.cycles)
    assert.equal("top a c", short(err.cycle))
    assert.equal("", short(err.path))
  end)

  behaviour("Y05 two cycles through one node are both reported, " .. how, function(new)
    local g = graph(new, { a = "b", b = "c", c = "a,b" })
    local err = g.error_of("a", opt)
    local all = {}
    for i, cycle in ipairs(err.cycles) do all[i] = short(cycle) end
    table.sort(all)
    assert.same({ "a b c", "b c" }, all)
  end)

  behaviour("Y05 nodes that are fine below a cycle, " .. how, function(new)
    local g = graph(new, { a = "self,leaf2", self = "self,leaf1", leaf1 = "", leaf2 = "" })
    local err = g.error_of("a", opt)
    assert.equal("self", short(err.cycle))
    assert.equal("leaf1", g:value(g.key("N", "leaf1")))
    g = graph(new, { top = "a", a = "b", b = "top,x", x = "y", y = "x" })
    err = g.error_of("top", opt)
    local all = {}
    for i, cycle in ipairs(err.cycles) do all[i] = short(cycle) end
    table.sort(all)
    assert.same({ "a b top", "x y" }, all)
  end)

  behaviour("Y06 of very many cycles some are reported, " .. how, function(new)
    local edges, names = {}, {}
    for i = 1, 100 do
      names[i] = "self" .. i
      edges[names[i]] = names[i]
    end
    edges.top = table.concat(names, ",")
    local err = graph(new, edges).error_of("top", opt)
    assert.is_true(#err.cycles > 1 and #err.cycles <= 20)
  end)

  behaviour("Y07 many paths to one cycle: it is reported once, " .. how, function(new)
    local edges, names = {}, {}
    for i = 1, 100 do
      names[i] = "mid" .. i
      edges[names[i]] = "self"
    end
    edges.top, edges.self = table.concat(names, ","), "self"
    local err = graph(new, edges).error_of("top", opt)
    assert.is_nil(err.cycles)
    assert.equal(2, #err.path)
    assert.equal("self", short(err.cycle))
  end)

  behaviour("Y12 a cycle that is invalidated is the same cycle again, twice, " .. how,
    function(new)
      for _, edges in ipairs { { a = "a" }, { a = "b,c", b = "a,c", c = "" } } do
        local g = graph(new, edges)
        local want = short(g.error_of("a", opt).cycle)
        for _ = 1, 2 do
          for name in require("skylua").pairs(edges) do g:mark(name) end
          assert.equal(want, short(g.error_of("a", opt).cycle))
        end
      end
    end)
end

behaviour("Y02 keeping going, a cyclic root is in error and another has its value", function(new)
  local g = graph(new, { a = "b", b = "a", good = "" })
  local r = g:eval(g.key("N", "a"), g.key("N", "good"), KG)
  assert.equal("E0110", r:error(g.key("N", "a")).code)
  assert.equal("good", r:value(g.key("N", "good")))
end)

behaviour("Y03 two cycles: both are reported", function(new)
  local g = graph(new, { top = "a,c", a = "b", b = "a", c = "d", d = "c" })
  local err = g.error_of("top", KG)
  assert.equal(2, #err.cycles)
  assert.equal("a b", short(err.cycles[1]))
  assert.equal("c d", short(err.cycles[2]))
  assert.equal("a b", short(err.cycle))
  assert.matches("%(and 1 more%)$", err.message)
  g = graph(new, { a = "b", b = "a", c = "d", d = "c" })
  local r = g:eval(g.key("N", "a"), g.key("N", "c"))
  assert.is_true(r:error(g.key("N", "a")) ~= nil or r:error(g.key("N", "c")) ~= nil)
end)

behaviour("Y08 many unfinished nodes above a cycle: no crash, all in error", function(new)
  local edges = { top = "a1,b1", last = "a1" }
  for i = 1, 30 do
    edges["a" .. i] = ("a%d,b%d"):format(i % 30 + 1, i)
    edges["b" .. i] = ("b%d,a%d"):format(i % 30 + 1, i)
  end
  local g = graph(new, edges)
  assert.is_true(#g.error_of("top", KG).cycles <= 20)
  assert.is_not_nil(g.error_of("b17", KG).cycle)
end)

behaviour("Y09 when an edge goes, all members recover; each began with itself", function(new)
  local g = graph(new, { a = "b", b = "c", c = "a" })
  local r = g:eval(g.key("N", "a"), g.key("N", "b"), g.key("N", "c"), KG)
  for name, want in require("skylua").pairs { a = "a b c", b = "b c a", c = "c a b" } do
    local err = r:error(g.key("N", name))
    assert.equal(want, short(err.cycle))
    assert.equal("", short(err.path))
  end
  g:set("c", "d")
  g:put("d", "")
  assert.equal("abcd", g:value(g.key("N", "a")))
  assert.equal("cd", g:value(g.key("N", "c")))
  g:set("c", "b")
  assert.equal("b c", short(g.error_of("a", KG).cycle))
  assert.equal("a", short(g.error_of("a", KG).path))
  g:set("c", "")
  assert.equal("abc", g:value(g.key("N", "a")))
end)

behaviour("Y10 above a cycle and an error both are reported", function(new)
  local g = new(GRAPH .. [[
    F.TOP = function(env) return #env:get_all { k("LEAF", "none"), k("N", "a") } end
  ]])
  g:put("a", "a")
  local err = g:eval("TOP", KG):error(g.key("TOP"))
  assert.equal("E0110", err.code)
  assert.equal("a", short(err.cycle))
  assert.equal("no leaf none", err.cause.message)
  assert.same({ "TOP:nil" }, world.names(err.path))
end)

behaviour("Y11 an error that passes up into a cycle: the cycle is reported", function(new)
  local g = graph(new, { top = "a", a = "b,missing", b = "a" })
  local err = g:eval(g.key("N", "top")):error(g.key("N", "top"))
  assert.is_true(err.code == "E0110" or err.message == "no leaf missing")
  if err.code == "E0110" then assert.equal("top", short(err.path)) end
  -- dirty nodes in the way
  g = graph(new, { top = "a", a = "b,missing", b = "", missing = "" })
  g:value(g.key("N", "top"))
  g:set("b", "a")
  g:set("missing", nil)
  assert.is_not_nil(g:eval(g.key("N", "top")):error(g.key("N", "top")))
  assert.equal("E0110", g.error_of("top", KG).code)
  g:set("b", "")
  g:set("missing", "")
  assert.equal("topabmissing", g:value(g.key("N", "top")))
end)

behaviour("Y13 two nodes gain edges to themselves, and lose them", function(new)
  local g = graph(new, { top = "a", a = "b", b = "" })
  assert.equal("topab", g:value(g.key("N", "top")))
  g:set("top", "top a")
  g:set("a", "a b")
  assert.equal("top", short(g.error_of("top", KG).cycle))
  assert.same({ "LEAF:top", "N:top" }, g:node(g.key("N", "top")).groups)
  g:set("top", "a")
  g:set("a", "b")
  assert.equal("topab", g:value(g.key("N", "top")))
end)

behaviour("Y14 a cycle reached from two sides is one, whatever it begins with", function(new)
  local g = graph(new, { top = "l,r", l = "a", r = "b", a = "b", b = "a" })
  local err = g.error_of("top", KG)
  assert.is_nil(err.cycles)
  assert.equal("a b", short(err.cycle))
  assert.equal("top l", short(err.path))
  assert.equal("b a", short(g.error_of("r", KG).cycle))
end)

behaviour("Y15 a cached cycle is used again, with the longer path, in either mode", function(new)
  local g = graph(new, { top = "mid", mid = "a", a = "b", b = "a" })
  g.error_of("a", KG)
  for _, opt in ipairs { KG, { keep_going = false } } do
    local err = g.error_of("top", opt)
    assert.equal("top mid", short(err.path))
    assert.equal("a b", short(err.cycle))
    g:mark("top", "mid")
    local r = g:eval(g.key("N", "top"), opt)
    assert.equal("top mid", short(r:error(g.key("N", "top")).path))
    g.engine:delete { g.key("N", "mid") }
  end
end)

behaviour("Y15 functions cannot see a cycle, cached or not", function(new)
  local g = new(GRAPH .. [[
    F.TOP = function(env, _)
      local v, err = env:get_or_error(k("N", "a"))
      return err and "saw it" or v
    end
    F.TRY = function(env)
      local v, err = env:try(k("N", "a"))
      if err then return "saw it" end
      return v
    end
  ]])
  g:put("a", "b")
  g:put("b", "a")
  for n = 1, 3 do
    local opt = { keep_going = n ~= 2 }
    assert.equal("E0110", g:eval(g.key("TOP", n), opt):error(g.key("TOP", n)).code)
    assert.equal("E0110", g:eval("TRY", opt):error(g.key("TRY")).code)
  end
end, world.restart)

behaviour("Y16 rotations are equal: an edge beside the cycle changes nothing above", function(new)
  local g = graph(new, { top = "a", a = "b", b = "a", x = "" })
  g.error_of("top", KG)
  local before = g:node(g.key("N", "top")).changed_at
  g:set("b", "a x")
  local r = g:eval(g.key("N", "b"), g.key("N", "top"), KG)
  assert.equal("b a", short(r:error(g.key("N", "b")).cycle))
  assert.equal(before, g:node(g.key("N", "top")).changed_at)
  g:set("b", "c")
  g:put("c", "a")
  assert.equal("a b c", short(g.error_of("a", KG).cycle))
  g:set("a", "c")
  g:set("c", "b")
  g:set("b", "a")
  assert.equal("a c b", short(g.error_of("a", KG).cycle))
end)
