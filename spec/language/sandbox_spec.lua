--- What Lua is inside of BUILD.lua files: the same everywhere, and nothing that could tell.
local events = require "spec.support.events"
local space_of = require "spec.language.space"

local space
after_each(function()
  if space then space:remove() end
  space = nil
end)

--- Runs text as a BUILD.lua; it must go through.
local function passes(text, more)
  more = more or {}
  more["BUILD.lua"] = text .. "\nfilegroup { name = \"done\" }\n"
  space = space_of.new(more)
  space:ok "build //:done"
end

--- Runs text as a BUILD.lua; the error.
local function fails(text, more)
  more = more or {}
  more["BUILD.lua"] = text
  space = space_of.new(more)
  local err = space:fails "build //:all"
  space:remove()
  space = nil
  return err
end

describe("names", function()
  it("that are pure are there", function()
    passes [[
assert(type(1) == "number" and type({}) == "table" and tonumber("0x10") == 16)
assert(math.max(1, 2) == 2 and math.type(1) == "integer" and utf8.char(65) == "A")
assert(select("#", 1, nil) == 2 and select(2, "a", "b") == "b")
assert(string.format("%5.1f|%-3s|%q", 1.25, "a", "x") == '  1.2|a  |"x"')
assert(("abc"):upper() == "ABC" and ("%d"):format(3) == "3" and #("x"):rep(3) == 3)
assert(table.concat({ 1, 2, 3 }, ",") == "1,2,3" and table.unpack({ 7 }) == 7)
assert(next({}) == nil and next({ a = 1 }) == "a" and next({ c = 1, b = 2, [5] = 3 }, 5) == "b")
assert(next({ c = 1, b = 2 }, "c") == nil and select(2, next { b = 7, c = 1 }) == 7)
local ok, why = pcall(error, "x")
assert(ok == false and why == "x")
assert(pcall(function() local t = nil; return t.x end) == false)]]
  end)

  it("that are not say what to use instead", function()
    for name, hint in pairs {
      os = "genrule", io = "ctx:read", require = "load", debug = "", dofile = "load",
      loadfile = "load", loadstring = "load", collectgarbage = "", rawset = "", rawget = "",
      setmetatable = "struct", getmetatable = "", coroutine = "ctx:read", xpcall = "pcall",
      unpack = "table.unpack", _G = "return",
    } do
      local err = fails("local x = " .. name)
      assert.is_truthy(err:find("error[E0202]: '" .. name .. "' is not available", 1, true), err)
      assert.is_truthy(err:find(hint, 1, true), err)
    end
    for _, name in ipairs { "string.dump", "math.random", "math.randomseed" } do
      assert.is_truthy(fails("local x = " .. name):find("E0202", 1, true))
    end
    assert.is_truthy(fails("local x = string.uper"):find("did you mean 'upper'", 1, true))
  end)
end)

describe("order and addresses", function()
  it("cannot reach a value", function()
    passes [[
local keys = {}
for k in pairs { z = 1, a = 1, m = 1, [2] = 1, [1] = 1, [true] = 1 } do
  keys[#keys + 1] = tostring(k)
end
assert(table.concat(keys, " ") == "1 2 a m z true", table.concat(keys, " "))
assert(tostring({}) == "table" and tostring(print) == "function")
assert(string.format("%s %s", {}, print) == "table function")
assert(not ("%s"):format({}):find("0x"))
assert(not tostring(filegroup):find("0x"))
assert(not select(2, pcall(string.format, "%p", {})):find("0x"))]]
    assert.is_truthy(fails('local x = ("%p"):format({})'):find("addresses", 1, true))
    assert.is_truthy(fails("for k in pairs { [{}] = 1 } do end"):find("order", 1, true))
  end)
end)

describe("locks", function()
  it("hold against writing", function()
    assert.is_truthy(fails("string.upper = 1"):find("E0224", 1, true))
    assert.is_truthy(fails("x = 1"):find("E0203", 1, true))
    assert.is_truthy(fails("_ENV.x = 1"):find("E0203", 1, true))
    assert.is_truthy(fails('load("//a.lua").x = 1', { ["a.lua"] = "return { y = 1 }" })
      :find("E0224", 1, true))
    assert.is_truthy(fails('load("//a.lua").t.x = 1', { ["a.lua"] = "return { t = {} }" })
      :find("E0224", 1, true))
    assert.is_truthy(fails("DefaultInfo = nil"):find("E0203", 1, true))
  end)

  it("hold against compiled Lua", function()
    local bytes = string.dump(load("return 1"))
    assert.is_truthy(fails(bytes):find("compiled Lua", 1, true))
  end)

  it("keep libraries from changing what they have", function()
    local lib = { ["a.lua"] = "local seen = {}\n"
      .. "return { add = function(x) seen[#seen + 1] = x end }" }
    local err = fails('load("//a.lua").add(1)', lib)
    assert.is_truthy(err:find("E0224", 1, true), err)
    assert.is_truthy(err:find("//a.lua:2", 1, true), err)
  end)
end)

describe("bounds", function()
  it("stop endless code, also behind pcall", function()
    local err = fails("local function f() while true do end end\npcall(f)\nlocal x = 1")
    assert.is_truthy(err:find("E0235", 1, true), err)
    assert.is_truthy(err:find("//BUILD.lua:1", 1, true), err)
  end)

  it("stop endless recursion and huge strings", function()
    local err = fails("local function f() return 1 + f() end\nf()")
    assert.is_truthy(err:find("stack overflow", 1, true), err)
    assert.is_truthy(err:find("//BUILD.lua:1", 1, true), err)
    assert.is_truthy(fails('local x = ("x"):rep(1 << 40)'):find("64 MiB", 1, true))
  end)
end)

describe("waiting", function()
  it("inside of sort or gsub says what to do instead", function()
    local err = fails('local n = ("a"):gsub("a", function() return glob { "*.c" }[1] end)',
      { ["x.c"] = "" })
    assert.is_truthy(err:find("call them before", 1, true), err)
  end)
end)

describe("load", function()
  it("runs a broken library once for all who load it", function()
    local files = { ["tools/a.lua"] = "local x = nil\nreturn x.y" }
    for i = 1, 5 do
      files["p" .. i .. "/BUILD.lua"] = 'local a = load "//tools/a.lua"\n'
    end
    space = space_of.new(files)
    local err = space:fails "build -k //p1:all //p2:all //p3:all //p4:all //p5:all"
    local _, n = err:gsub("attempt to index a nil value", "")
    assert.are.equal(1, n, err)
    assert.is_truthy(err:find("//tools/a.lua:2", 1, true), err)
  end)

  it("picks names, and knows labels in several forms", function()
    passes([[
local one, two = load("//lib/a.lua", "one", "two")
assert(one == 1 and two.x == 2)
assert(load ":top.lua" == "text" and load "//lib:a.lua".one == 1)]],
      { ["lib/a.lua"] = "return { one = 1, two = { x = 2 } }", ["top.lua"] = 'return "text"' })
  end)
end)

describe("targets", function()
  it("can be used as values in their file", function()
    passes([[
local lib = cc_library { name = "lib", srcs = { "a.c", { false, { "b.c" } } } }
assert(lib.name == "lib" and tostring(lib) == "//:lib" and lib.label.name == "lib")
cc_binary { name = "bin", srcs = { "m.c" }, deps = { lib } }
for i, file in ipairs(glob { "*.c", exclude = { "m.c" } }) do
  filegroup { name = "f" .. i, srcs = { file } }
end
assert(#glob { "*.none", allow_empty = true } == 0)]],
      { ["a.c"] = "", ["b.c"] = "", ["m.c"] = "" })
  end)
end)

--- The cases of a study of what BUILD files can do to a build tool, by their numbers there.
describe("hostile files", function()
  local function stops(text, ...)
    local err = fails(text)
    for _, part in ipairs { ... } do assert.is_truthy(err:find(part, 1, true), err) end
    assert.is_true(#err < 4000, #err)
    return err
  end

  it("119 run for ever", function()
    stops("local t = { 2, 1 }\ntable.sort(t, function() while true do end end)", "E0235", ":2")
    stops("local s = ('x'):gsub('x', function() while true do end end)", "E0235", ":1")
    stops("for _ in function() return 1 end do end", "E0235", ":1")
    stops("::top:: goto top", "E0235", ":1")
    stops("local function f() return f() end\nf()", "E0235", ":1")
    stops("local x <close> = {}", "non-closable", ":1")
  end)

  it("119 run for ever in a library, a macro, a rule and WORKSPACE.lua", function()
    local err = fails('load "//a.lua"', { ["a.lua"] = "while true do end" })
    assert.is_truthy(err:find("//a.lua ran for more than", 1, true), err)
    err = fails('local a = load "//a.lua"\n\na.spin()',
      { ["a.lua"] = "return { spin = function() while true do end end }" })
    assert.is_truthy(err:find("//a.lua:1", 1, true) and err:find("//BUILD.lua:3", 1, true), err)
    err = fails('local r = rule { impl = function() while true do end end }\nr { name = "x" }')
    assert.is_truthy(err:find("E0235", 1, true) and err:find("//BUILD.lua:1", 1, true), err)
    err = fails("load '@x//y.lua'", { ["WORKSPACE.lua"] = "while true do end" })
    assert.is_truthy(err:find("//WORKSPACE.lua ran for more than", 1, true), err)
  end)

  it("120 keep C functions busy", function()
    stops("local x = ('a'):rep(3000):find('.-.-.-b')", "E0235", ":1", "'.-.-.-b'")
    stops("table.move({}, 1, 1 << 40, 2)", "more than 10000000 elements", ":1")
    stops("local x = { table.unpack({}, 1, 1 << 24) }", "too many results", ":1")
    stops("local x = xpcall(print, print)", "'xpcall' is not available", "pcall")
    stops("local x = setmetatable({}, {})", "'setmetatable' is not available", "struct")
  end)

  it("122 are deep or long", function()
    local err = stops("local function f(n)\n  return 1 + f(n + 1)\nend\nf(1)", "stack overflow",
      ":2")
    assert.is_nil(err:find("called from //BUILD.lua:2", 1, true), err)
    for _, pair in ipairs { "()", "{}" } do
      local open, close = pair:match("(.)(.)")
      stops("local x = " .. open:rep(10000) .. "1" .. close:rep(10000), "E0204", "200 levels")
    end
    local locals = {}
    for i = 1, 300 do locals[i] = "local a" .. i .. " = 1" end
    stops(table.concat(locals, "\n"), "too many local variables", ":201")
    stops("local x = '" .. ("x"):rep(4000000) .. "'\nlocal y\ny.z = 1", ":3:1")
  end)

  it("walk through objects", function()
    local err = fails("local r = rule { impl = function(ctx)\n  for k in pairs(ctx.attr) do end\n"
      .. "end }\nr { name = 'x' }")
    assert.is_truthy(err:find("neither a list nor a map", 1, true), err)
    assert.is_truthy(err:find("//BUILD.lua:2", 1, true), err)
  end)

  it("123 have tables inside of themselves", function()
    stops("local t = {}\nt[1] = t\nfilegroup { name = 'x', srcs = t }", "inside of itself", ":3")
    stops("local t = {}\nt[1] = t\nlocal s = glob(t)", "inside of itself", ":3")
    stops("local t = {}\nt.x = t\nlocal s = struct(t)", "a cycle", ":3")
    stops("local t = {}\nt.x = t\nconfig_setting { name = 'x', values = t }", "E0209", ":3")
    passes("local t = {}\nt.x = t\nprint(t)\nassert(tostring(t) == 'table')")
  end)

  it("124 are compiled, or would compile", function()
    stops("local f = load(string.dump(print))", "'string.dump' is not available")
    stops("local f = load 'return 1'", "E0222", "ends with .lua")
    stops("local f = loadstring 'return 1'", "E0202", "load")
  end)

  it("126 change what others see", function()
    local lib = { ["a.lua"] = "return { list = { 'x', 'a' }, map = { k = { 'y' } } }" }
    for _, text in ipairs { "a.list[1] = 'z'", "a.list[#a.list + 1] = 'z'", "a.map.k[1] = 'z'",
      "a.new = 1", "table.insert(a.list, 'z')", "table.sort(a.list, function() return true end)",
      "table.remove(a.list)" } do
      local err = fails("local a = load '//a.lua'\n" .. text, lib)
      assert.is_truthy(err:find("frozen", 1, true) or err:find("E022[45]"), text .. err)
      assert.is_truthy(err:find("//BUILD.lua:2", 1, true), text .. err)
    end
    stops("attr.string = nil", "E0224")
    stops("('').upper = nil", "attempt to index a string value")
    stops("filegroup = nil", "E0203")
  end)

  it("129 fail in strange ways", function()
    stops("error({})", "E0225", "a table instead of a message", ":1")
    stops("error(nil)", "E0225", ":1")
    stops("error(42)", "E0225]: 42", ":1")
    stops("error(('x'):rep(10000000))", "... (1000", ":1")
    local err = stops("error('a\\27[31mb\\0c')", "a?[31mb?c", ":1")
    assert.is_nil(err:find("\27[31m", 1, true))
    stops("local function f() error('bad', 2) end\n\nf()", "E0225]: bad", ":3")
    stops("assert(nil, 'no such thing')", "E0225]: no such thing", ":1")
    stops("assert(false)", "assertion failed", ":1")
  end)

  it("130 load what cannot be loaded", function()
    local err = fails("load '//a.lua'",
      { ["a.lua"] = "load '//b.lua'", ["b.lua"] = "load '//a.lua'" })
    assert.is_truthy(err:find("E0110", 1, true), err)
    assert.is_truthy(err:find("//a.lua", 1, true) and err:find("//b.lua", 1, true), err)
    stops("load '//none.lua'", "E0222", ":1")
    err = fails("load '//dir.lua'", { ["dir.lua/x"] = "" })
    assert.is_truthy(err:find("E0222", 1, true), err)
    stops("load '//../x.lua'", "E0222", "'..'")
    stops("load '/etc/x.lua'", "E0222")
    stops("load(1)", "E0222", "wants the label of a file")
    stops("load '//a:b:c.lua'", "E0222")
  end)
end)

describe("what a file can see", function()
  -- Everything that text could be made of, in one file of outputs.
  local BUILD = [[
local lines = {}
local function add(x) lines[#lines + 1] = tostring(x) end
for k, v in pairs { zeta = 1, alpha = 2, [3] = 3, [1.5] = 4, [true] = 5, mid = 6 } do
  add(tostring(k) .. "=" .. v)
end
for _, x in ipairs { {}, print, ("x").upper, filegroup, attr, attr.string {}, depset { "a" },
  provider, string, _VERSION } do add(x) end
add(string.format("%s %s %5.2f %g %q %a", {}, print, 1.5, 1e100, "x", 0.5))
add(("\xc4"):upper() .. ("I"):lower() .. tostring(0.1) .. tostring(1e15) .. tostring(2^53))
add(math.pi) add(math.maxinteger) add(7 // 2 * 1.0) add(next { b = 1, a = 2 })
local t = { "c", "a", "b" } table.sort(t) add(table.concat(t))
local ok, why = pcall(function() local x = nil; return x.y end) add(why)
ok, why = pcall(error, {}) add(why)
local r = rule { attrs = { lines = attr.string_list {} }, impl = function(ctx)
  local all = { tostring(ctx), tostring(ctx.label), tostring(ctx.attr), tostring(ctx.config.mode) }
  for k in pairs(ctx.config.options) do all[#all + 1] = k end
  return { DefaultInfo { files = { ctx:write("seen", ctx.attr.lines), ctx:write("more", all) } } }
end }
r { name = "r", lines = lines }
]]

  it("is the same in every run, directory, language, time zone and environment", function()
    space = space_of.new { ["BUILD.lua"] = BUILD }
    space:ok "build //:r"
    local seen = space:read "sky-out/bin/seen" .. space:read "sky-out/bin/more"
    assert.is_nil(seen:find("0x%x%x%x"), seen)
    space:sh(([[cp -r . ../an_other && cd ../an_other && rm -rf sky-out
      env -i XDG_CACHE_HOME=$PWD/../none LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo PATH=/usr/bin HOME=/ \
        %s build -q --evaluators=0 //:r && cat sky-out/bin/seen sky-out/bin/more > ../other]])
      :format(events.quote(events.skylua)))
    assert.are.equal(seen, space:sh "cat ../other")
  end)
end)
