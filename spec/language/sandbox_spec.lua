--- What Lua is inside of BUILD.lua files: the same everywhere, and nothing that could tell.
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
assert(next({}) == nil and next({ a = 1 }) == "a")
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
