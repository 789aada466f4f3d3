--- Loading BUILD.lua files: what is done in C is what the Lua code does, and what runs again.
local events = require "spec.support.events"
local space_of = require "spec.language.space"

local space
local function new(files)
  space = space_of.new(files)
  return space
end
after_each(function()
  if space then space:remove() end
  space = nil
end)

local function ran(args)
  return events.what(space:ok(args))
end

local TOOLS = [[
local Info = provider { fields = { text = "" } }
local function impl(ctx)
  local words = { ctx.name, tostring(ctx.attr.flag), tostring(ctx.attr.count), ctx.attr.text }
  for _, word in ipairs(ctx.attr.words) do words[#words + 1] = word end
  for _, dep in ipairs(ctx.attr.deps) do words[#words + 1] = tostring(dep.label) end
  for _, file in ipairs(ctx.files.srcs) do words[#words + 1] = file.path end
  words[#words + 1] = ctx.attr.one and tostring(ctx.attr.one.label) or "none"
  local out = ctx:write(ctx.name .. ".out", table.concat(words, " ") .. "\n")
  return { DefaultInfo { files = { out } } }
end
return { say = rule { outputs = { "{name}.out" }, attrs = { flag = attr.bool {},
  count = attr.int { default = 7 }, text = attr.string { default = "" },
  words = attr.string_list {}, deps = attr.label_list { providers = {} },
  srcs = attr.label_list { allow_files = true }, one = attr.label { allow_files = true },
  kind = attr.string { values = { "a", "b" } } }, impl = impl } }
]]

local OTHER = 'package { default_visibility = { "//a", "//b/..." } }\n'
  .. 'filegroup { name = "x/other" }\nfilegroup { name = "other" }\n'

-- Each line twice: as it is mostly written, and so that only the Lua code takes it.
local PLAIN = [[
say { name = "t0" }
say { name = "t1", flag = true, count = -3, text = "some text", words = { "a", "b" } }
say { name = "t2", deps = { ":t0", "t1", "//a:t1", "//other", "//other:x/other" } }
say { name = "t3", srcs = { "f.txt", "sub/g.txt", ":f.txt", "t1.out" }, one = "//other" }
say { name = "t4", visibility = { "//visibility:public" }, words = {}, one = ":t0" }
say { name = "t5", visibility = { "//other", "//b/..." } }
]]
local CAREFUL = PLAIN:gsub("{ name", "{ tags = {}, name"):gsub("words = { ", "words = { false, ")

describe("a target that is declared plainly", function()
  it("is the same as one that is not", function()
    assert.are_not.equal(PLAIN, CAREFUL)
    local head = 'local say = load("//tools.lua", "say")\n'
    new { ["tools.lua"] = TOOLS, ["a/BUILD.lua"] = head .. PLAIN, ["a/f.txt"] = "",
      ["a/sub/g.txt"] = "", ["other/BUILD.lua"] = OTHER }
    assert.are.equal("Write 6", ran "build //...")
    assert.are.equal("t2 false 7  //a:t0 //a:t1 //a:t1 //other:other //other:x/other none\n"
      .. "t3 false 7  a/f.txt a/sub/g.txt a/f.txt sky-out/bin/a/t1.out //other:other\n",
      space:sh "cat sky-out/bin/a/t2.out sky-out/bin/a/t3.out")
    space:write { ["a/BUILD.lua"] = head .. CAREFUL }
    assert.are.equal("", ran "build //...")
    -- a line further down
    space:write { ["a/BUILD.lua"] = head .. "\n" .. PLAIN }
    assert.are.equal("", ran "build //...")
  end)

  local MISTAKES = {
    { 'say { name = "t" }\nsay { name = "t" }', "there is a target 't' already", "BUILD.lua:1" },
    { 'say { name = "t" }\nsay { name = "t.out" }', "the name of a file that 't' makes" },
    { 'say { name = "t.out" }\nsay { name = "t" }', "with the name of the target 't.out'" },
    { 'genrule { name = "g", outs = { "t.out/x" }, cmd = "" }\nsay { name = "t" }', "t.out" },
    { 'say { name = "t", words = { "a", nil, "b" } }', "element 2 is nil" },
    { 'say { name = "t", words = { "a", x = "b" } }', "the key 'x'" },
    { 'say { name = "t", words = "a" }', "a list, even of one" },
    { 'say { name = "t", wrods = {} }', "did you mean 'words'?" },
    { 'say { name = "t", flag = "yes" }', "true or false" },
    { 'say { name = "t", count = 1.5 }', "an integer" },
    { 'say { name = "t", deps = { "../x" } }', "'../x' is not a label" },
    { 'say { name = "t", deps = { "//a//b" } }', "'//a//b' is not a label" },
    { 'say { name = "t", deps = { "//a/../b" } }', "'//a/../b' is not a label" },
    { 'say { name = "t", deps = { "a:b" } }', "'a:b' is not a label" },
    { 'say { name = "t", one = "//" }', "'//' is not a label" },
    { 'say { name = "t", kind = "c" }', "cannot be 'c'" },
    { 'say { name = "", words = {} }', "is empty" },
    { 'say { name = "a*" }', "is a pattern" },
    { 'say { name = "a/../b" }', "has '..' in it" },
    { 'say { words = {} }', "name" },
    { 'say { name = "t", visibility = { "//a:b" } }', "a list of packages" },
    { 'say "t"', "one table" },
  }
  for _, case in ipairs(MISTAKES) do
    it("is told its mistake: " .. case[1]:gsub("\n", "; "), function()
      new { ["tools.lua"] = TOOLS,
        ["BUILD.lua"] = 'local say = load("//tools.lua", "say") ' .. case[1] .. "\n" }
      local err = space:fails "build //..."
      for i = 2, #case do
        assert.is_truthy(err:find(case[i], 1, true), err)
      end
    end)
  end

  it("has its line, and in a macro the chain of calls", function()
    new { ["tools.lua"] = TOOLS, ["macro.lua"] = 'local t = load "//tools.lua"\n'
      .. 'return { m = function(spec)\n  t.say { name = spec.name, srcs = { "no.txt" } }\nend }\n',
      ["BUILD.lua"] = 'local say = load("//tools.lua", "say")\nlocal m = load("//macro.lua", "m")\n'
        .. 'say { name = "plain",\n  srcs = { "no.txt" } }\nm { name = "made" }\n' }
    local err = space:fails "build //:plain"
    assert.is_truthy(err:find("//BUILD.lua:4:12", 1, true), err)
    err = space:fails "build //:made"
    assert.is_truthy(err:find("//macro.lua:3", 1, true), err)
    assert.is_truthy(err:find("called from //BUILD.lua:5", 1, true), err)
  end)
end)

describe("a package", function()
  local function evaluated(args)
    return space:ok(args).finished.nodes.evaluated
  end

  it("is run again for its text, what it loads and its globs, and for nothing else", function()
    new {
      ["tools.lua"] = "return { names = { 'x' } }\n",
      ["a/BUILD.lua"] = 'local t = load "//tools.lua"\n'
        .. 'filegroup { name = "a", srcs = glob { "*.txt" } }\n',
      ["a/one.txt"] = "", ["b/BUILD.lua"] = 'filegroup { name = "b" }\n',
    }
    space:ok "build //..."
    assert.are.equal(0, evaluated "build //...")
    space:write { ["a/one.txt"] = "other text\n", ["a/note.md"] = "" }
    local directory = evaluated "build //..."
    -- a comment in its text: the package, and nothing above it
    events.append(space.dir .. "/a/BUILD.lua", "-- a comment\n")
    local text = space:ok("build //...").finished.nodes
    assert.is_true(text.evaluated <= 4, text.evaluated)
    -- a new file that the glob sees: the target as well
    space:write { ["a/two.txt"] = "" }
    assert.is_true(evaluated "build //..." > directory)
    assert.are.equal(0, evaluated "build //...")
  end)

  it("analyses only the targets whose own lines changed", function()
    local rule = [[
return { r = rule { attrs = { n = attr.int {} }, impl = function(ctx)
  ctx:warn("analysed " .. ctx.name)
  return { DefaultInfo { files = { ctx:write(ctx.name, tostring(ctx.attr.n)) } } }
end } }]]
    local function build(n, more)
      local text = 'local r = load "//r.lua"\n' .. (more or "")
      for i = 1, 20 do
        text = text .. ('r.r { name = "t%d", n = %d }\n'):format(i, i == 7 and n or i)
      end
      space:write { ["BUILD.lua"] = text }
      return space:ok "build //..."
    end
    new { ["r.lua"] = rule }
    build(1)
    local moved = build(1, "\n\n-- three lines\n")
    assert.are.equal("", events.what(moved))
    local changed = build(2, "\n\n-- three lines\n")
    assert.are.equal("Write 1", events.what(changed))
    -- TARGET of all is looked at; one is analysed, its action and what asked for it
    assert.is_true(changed.finished.nodes.evaluated - moved.finished.nodes.evaluated <= 4,
      changed.finished.nodes.evaluated .. " " .. moved.finished.nodes.evaluated)
  end)
end)
