--- Configurations: options, select, modes, tools; and that a target depends on what it reads only.
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

local function refused(args, code, ...)
  local r = space:run(args)
  assert.are.equal(code, r.code, r.err)
  for _, text in ipairs { ... } do
    assert.is_truthy(r.err:find(text, 1, true), r.err)
  end
end

describe("a configured target", function()
  it("is made once for all configurations that differ in what it does not read", function()
    new {
      ["WORKSPACE.lua"] = [[
option { name = "colour", values = { "red", "blue" } }
option { name = "size", default = 1 }]],
      ["BUILD.lua"] = [[
genrule { name = "paint", outs = { "paint.h" }, cmd = select {
  ["colour=red"] = "echo '#define C 1' > $(out)", default = "echo '#define C 2' > $(out)" } }
genrule { name = "plain", outs = { "plain.h" }, cmd = "echo '#define P 3' > $(out)" }
cc_library { name = "lib", hdrs = { ":paint", "plain.h" } }
cc_binary { name = "app", srcs = { "app.c" }, deps = { ":lib" } }]],
      ["app.c"] = "#include \"paint.h\"\n#include \"plain.h\"\n#include <stdio.h>\n"
        .. "int main(void) { printf(\"%d%d\\n\", C, P); return 0; }\n",
    }
    assert.are.equal("CC 1, Genrule 2, LINK 1", ran "build //...")
    assert.are.equal("13\n", space:sh "sky-out/bin/app")
    assert.are.equal("", ran "build //... -D size=7")
    assert.are.equal("", ran "build //... -D colour=red")
    assert.are.equal("CC 1, Genrule 1, LINK 1", ran "build //... -D colour=blue")
    assert.are.equal("23\n", space:sh "sky-out/bin-fastbuild-colour=blue/app")
    assert.are.equal("CC 1, LINK 1", ran "build //... -c debug")
    assert.are.equal("13\n", space:sh "sky-out/bin-debug/app")
    assert.are.equal("", ran "build //... -c debug -D size=8")
    assert.are.equal("CC 1, LINK 1", ran "build //... -c debug -D colour=blue")
    assert.are.equal("", ran "build //...")
    assert.are.equal("plain.h\n", space:sh "cd sky-out; find . -name plain.h | sed s:.*/::")
  end)

  it("analyses nothing anew for an option that nobody reads", function()
    new {
      ["WORKSPACE.lua"] = 'option { name = "unused" }',
      ["tools/r.lua"] = [[
return { r = rule { attrs = { deps = attr.label_list {} }, impl = function(ctx)
  ctx:warn("analysed " .. ctx.name)
  return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", "x\n") } } }
end } }]],
      ["BUILD.lua"] = [[
local r = load "//tools/r.lua"
r.r { name = "t0" }
for i = 1, 50 do
  r.r { name = "t" .. i, deps = { ":t" .. i - 1 } }
end]],
    }
    assert.is_true(space:ok("build //:t50").finished.nodes.evaluated > 50)
    assert.are.equal(0, space:ok("build //:t50").finished.nodes.evaluated)
    -- what the command line asks for under its new name, and WORKSPACE.lua to check the option
    assert.are.equal(6, space:ok("build //:t50 -D unused=1").finished.nodes.evaluated)
  end)

  it("builds nothing when the mode goes back and forth", function()
    new {
      ["BUILD.lua"] = [[
cc_library { name = "lib", srcs = { "lib.c" } }
cc_binary { name = "app", srcs = { "app.c" }, deps = { ":lib" } }
cc_test { name = "t", srcs = { "app.c" }, deps = { ":lib" } }]],
      ["lib.c"] = "int lib(void) { return 0; }\n",
      ["app.c"] = "int lib(void);\nint main(void) { return lib(); }\n",
    }
    assert.are.equal("AR 1, CC 3, LINK 2, Test 1", ran "test //... -c debug")
    assert.are.equal("AR 1, CC 3, LINK 2, Test 1", ran "test //... -c release")
    for i = 1, 10 do
      local r = space:ok("test //... -c " .. (i % 2 == 0 and "release" or "debug"))
      assert.are.equal("", events.what(r))
      assert.are.equal(0, r.finished.nodes.evaluated)
    end
  end)
end)

describe("a program in a script language", function()
  it("finds modules that are made once for all configurations", function()
    new {
      ["a/BUILD.lua"] = [[
package { default_visibility = { "//visibility:public" } }
genrule { name = "gen", outs = { "made.lua", "deep/inner.lua" },
  cmd = "for f in $(out); do echo 'return 6' > $f; done" }
lua_library { name = "lib", srcs = { "made.lua", "deep/inner.lua" }, paths = { "deep" } }]],
      ["BUILD.lua"] = [[
cc_binary { name = "c", srcs = { "c.c" } }
lua_binary { name = "prog", srcs = { "main.lua" }, deps = { "//a:lib" }, data = { ":c" } }]],
      ["c.c"] = "int main(void) { return 0; }\n",
      ["main.lua"] = "print(require 'a.made' + require 'inner')\n",
    }
    ran "build //:prog -c debug"
    assert.are.equal("12\n", space:sh "sky-out/bin-debug/prog")
    assert.is_truthy(space:read("sky-out/bin/a/made.lua"))
  end)
end)

describe("ctx.config", function()
  local LIBRARY = [[
local function impl(ctx)
  local text
  if ctx.attr.how == "all" then
    local words = {}
    for k, v in pairs(ctx.config.options) do words[#words + 1] = k .. "=" .. tostring(v) end
    text = table.concat(words, " ")
  elseif ctx.attr.how == "one" then
    local o = ctx.config.options
    -- `depth` is read only when it is deep
    text = o.deep and "depth " .. o.depth + 1 or "flat"
  else
    text = ctx.config.mode .. " " .. tostring(ctx.config.exec)
  end
  return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", text .. "\n") } } }
end
return { say = rule { attrs = { how = attr.string {} }, impl = impl } }]]

  local WORKSPACE = [[
option { name = "deep", type = "bool" }
option { name = "depth", default = 3 }
option { name = "other" }]]

  it("has the values of options, of their types, and follows just what is read", function()
    new { ["WORKSPACE.lua"] = WORKSPACE, ["say.lua"] = LIBRARY, ["BUILD.lua"] = [[
local say = load("//say.lua", "say")
say { name = "one", how = "one" }]] }
    ran "build //..."
    assert.are.equal("flat\n", space:read "sky-out/bin/one.txt")
    assert.are.equal("", ran "build //... -D depth=9 -D other=x")
    ran "build //... -D deep"
    assert.are.equal("depth 4\n", space:read "sky-out/bin-fastbuild-deep=true/one.txt")
    assert.are.equal("", ran "build //... -D deep=true -D depth=3 -D other=y")
    ran "build //... -D deep -D depth=04"
    assert.are.equal("depth 5\n", space:read "sky-out/bin-fastbuild-deep=true+depth=4/one.txt")
  end)

  it("reads all options when it is walked over", function()
    new { ["WORKSPACE.lua"] = WORKSPACE, ["say.lua"] = LIBRARY, ["BUILD.lua"] = [[
local say = load("//say.lua", "say")
say { name = "all", how = "all" }]] }
    ran "build //... -D other=x"
    assert.are.equal("deep=false depth=3 other=x\n",
      space:read "sky-out/bin-fastbuild-other=x/all.txt")
  end)

  it("has strange values in directories of plain names", function()
    new { ["WORKSPACE.lua"] = WORKSPACE, ["say.lua"] = LIBRARY, ["BUILD.lua"] = [[
local say = load("//say.lua", "say")
say { name = "all", how = "all" }]] }
    space:ok [[build //... -D 'other=a/../b @%+~=c']]
    assert.is_truthy(space:sh("cat sky-out/bin-fastbuild-*/all.txt")
      :find("other=a/../b @%+~=c", 1, true))
  end)

  it("says what it has not", function()
    new { ["WORKSPACE.lua"] = WORKSPACE, ["BUILD.lua"] = [[
local r = rule { attrs = { what = attr.string {} }, impl = function(ctx)
  if ctx.attr.what == "mode" then ctx:warn(ctx.config.mood)
  elseif ctx.attr.what == "option" then ctx:warn(ctx.config.options.dept)
  else ctx.config.mode = "x" end
end }
r { name = "a", what = "mode" }
r { name = "b", what = "option" }
r { name = "c", what = "set" }]] }
    refused("build //:a", 1, "ctx.config has no 'mood'", "exec, mode, options")
    refused("build //:b", 1, "there is no option 'dept'", "did you mean 'depth'?")
    refused("build //:c", 1, "ctx.config cannot be changed")
  end)

  it("reaches what a rule waits for", function()
    new {
      ["WORKSPACE.lua"] = 'option { name = "word", default = "plain" }',
      ["BUILD.lua"] = [[
local Info = provider { fields = { word = "" } }
local leaf = rule { provides = { Info }, impl = function(ctx)
  return { Info { word = ctx.config.options.word } }
end }
local top = rule { impl = function(ctx)
  local out = ctx:write("top.txt", ctx:await(":leaf")[Info].word)
  return { DefaultInfo { files = { out } } }
end }
leaf { name = "leaf" }
top { name = "top" }]],
    }
    ran "build //:top"
    assert.are.equal("plain", space:read "sky-out/bin/top.txt")
    ran "build //:top -D word=loud"
    assert.are.equal("loud", space:read "sky-out/bin-fastbuild-word=loud/top.txt")
  end)

  it("is read by a rule that reads its own files, too", function()
    new {
      ["WORKSPACE.lua"] = 'option { name = "word", default = "plain" }',
      ["BUILD.lua"] = [[
local r = rule { impl = function(ctx)
  local first = ctx:write("first.txt", "one ")
  local text = ctx:read(first) .. ctx.config.options.word
  local second = ctx:write("second.txt", text)
  local third = ctx:write("third.txt", ctx:read(second) .. " " .. ctx.config.mode)
  return { DefaultInfo { files = { third } } }
end }
r { name = "r" }]],
    }
    ran "build //:r"
    assert.are.equal("one plain fastbuild", space:read "sky-out/bin/third.txt")
    ran "build //:r -c debug -D word=loud"
    assert.are.equal("one loud debug", space:read "sky-out/bin-debug-word=loud/third.txt")
  end)
end)

describe("select", function()
  it("stands in lists, in sums and in other selects", function()
    new {
      ["WORKSPACE.lua"] = [[
option { name = "os", values = { "linux", "mac" } }
option { name = "fast", default = false }]],
      ["conf/BUILD.lua"] = [[
package { default_visibility = { "//visibility:public" } }
config_setting { name = "fast", values = { fast = "true" } }]],
      ["BUILD.lua"] = [[
local r = rule { attrs = { words = attr.string_list {} }, impl = function(ctx)
  local text = table.concat(ctx.attr.words, " ")
  return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", text) } } }
end }
local os = select { ["os=mac"] = { "mac", "osx" }, default = { "linux" } }
r { name = "nested", words = { "a", { os, "b" }, select { ["//conf:fast"] = { "fast" },
  default = {} } } }
r { name = "sum", words = { "a" } + os + { "b" } + select { ["//conf:fast"] = { "fast" },
  default = {} } }
r { name = "inner", words = select { ["os=linux"] = select { ["fast=true"] = { "x" },
  default = { "y" } }, default = { "z" } } }
r { name = "globs", words = glob { "*.txt" } + glob { "*.md" } + { "end" } }]],
      ["x.txt"] = "", ["y.md"] = "",
    }
    local function texts(dir)
      return space:sh("cd sky-out/bin" .. dir .. " && for f in inner nested sum; do cat $f.txt; "
        .. "echo; done")
    end
    ran "build //..."
    assert.are.equal("y\na linux b\na linux b\n", texts "")
    assert.are.equal("x.txt y.md end", space:read "sky-out/bin/globs.txt")
    ran "build //... -D os=mac"
    assert.are.equal("a mac osx b\na mac osx b\n",
      space:sh "cd sky-out/bin-fastbuild-os=mac && cat nested.txt && echo && cat sum.txt && echo")
    ran "build //... -D fast"
    assert.are.equal("x\na linux b fast\na linux b fast\n", texts "-fastbuild-fast=true")
  end)

  it("refuses options and values that there are not", function()
    new {
      ["WORKSPACE.lua"] = 'option { name = "os", values = { "linux", "mac" } }',
      ["a/BUILD.lua"] = [[
filegroup { name = "a", srcs = select { ["so=mac"] = {}, default = {} } }
filegroup { name = "b", srcs = select { ["os=macs"] = {}, default = {} } }
filegroup { name = "c", srcs = select { ["mode=debugg"] = {}, default = {} } }
filegroup { name = "d", srcs = { "x" } + 3 }]],
    }
    refused("build //a:a", 1, "arithmetic", "a/BUILD.lua:4", "lists are joined by nesting them")
    space:sh "sed -i '$d' a/BUILD.lua"
    refused("build //a:a", 1, "there is no option 'so'", "did you mean 'os'?", "a/BUILD.lua:1:42")
    refused("build //a:b", 1, "the option 'os' cannot be 'macs'", "did you mean 'mac'?")
    refused("build //a:c", 1, "cannot be 'debugg'", "did you mean 'debug'?")
  end)
end)

describe("an option", function()
  it("takes values of its type only", function()
    new { ["WORKSPACE.lua"] = [[
option { name = "deep", type = "bool" }
option { name = "depth", default = 3 }
option { name = "colour", values = { "red", "green" }, default = "red" }]],
      ["BUILD.lua"] = 'filegroup { name = "f" }' }
    refused("build //:f -D depht=1", 1, "there is no option 'depht'", "did you mean 'depth'?")
    refused("build //:f -D deep=yes", 1, "the option 'deep' cannot be 'yes'", "'true' and 'false'")
    refused("build //:f -D depth=much", 1, "cannot be 'much'", "it is an integer")
    refused("build //:f -D colour=gren", 1, "did you mean 'green'?")
    refused("build //:f -D mode=debug", 2, "write -c MODE")
  end)

  it("is checked where it is declared", function()
    local function wrong(text, ...)
      new { ["WORKSPACE.lua"] = text, ["BUILD.lua"] = 'filegroup { name = "f" }' }
      refused("build //:f -D a=1", 1, ...)
      space:remove()
    end
    wrong('option { name = "a", type = "boolean" }', "'type' cannot be 'boolean'",
      "WORKSPACE.lua:1")
    wrong('option { name = "a", type = "int", default = "x" }', "cannot be the string")
    wrong('option { name = "a", values = { "x" }, default = "y" }', "not among its values")
    wrong('option { name = "mode" }', "'mode' is a setting of its own")
    wrong('option { name = "a", valeus = {} }', "did you mean 'values'?")
    space = nil
  end)
end)

describe("--config", function()
  it("stands for the flags that WORKSPACE.lua says, and flags win", function()
    new {
      ["WORKSPACE.lua"] = [[
option { name = "word", default = "plain" }
config { name = "ci", mode = "release", options = { word = "loud" } }]],
      ["BUILD.lua"] = [[
local r = rule { impl = function(ctx)
  local text = ctx.config.mode .. " " .. ctx.config.options.word
  return { DefaultInfo { files = { ctx:write("r.txt", text) } } }
end }
r { name = "r" }]],
    }
    ran "build //:r --config=ci"
    assert.are.equal("release loud", space:read "sky-out/bin-release-word=loud/r.txt")
    assert.are.equal("", ran "build //:r -c release -D word=loud")
    ran "build //:r --config=ci -D word=soft -c fastbuild"
    assert.are.equal("fastbuild soft", space:read "sky-out/bin-fastbuild-word=soft/r.txt")
    refused("build //:r --config=ic", 2, "there is no configuration 'ic'", "did you mean 'ci'?")
    space:write { ["WORKSPACE.lua"] = 'config { name = "x", mode = "fast" }' }
    refused("build //:r --config=x", 1, "'mode' cannot be 'fast'", "WORKSPACE.lua:1")
  end)
end)

describe("a tool", function()
  local FILES = {
    ["BUILD.lua"] = [[
cc_binary { name = "gen", srcs = { "gen.c" } }
genrule { name = "made", tools = { ":gen" }, outs = { "made.h" },
  cmd = "$(location :gen) > $(out)" }
cc_binary { name = "app", srcs = { "app.c", "made.h" } }]],
    ["gen.c"] = "#include <stdio.h>\nint main(void) { puts(\"#define M 5\"); return 0; }\n",
    ["app.c"] = "#include \"made.h\"\nint main(void) { return M - 5; }\n",
  }

  it("is built once, whatever the mode of what uses it", function()
    new(FILES)
    assert.are.equal("CC 2, Genrule 1, LINK 2", ran "build //:app -c debug")
    assert.are.equal("CC 1, LINK 1", ran "build //:app -c release")
    assert.are.equal("", ran "build //:gen")
    space:sh "sky-out/bin-debug/app && sky-out/bin-release/app && sky-out/bin/gen"
  end)

  it("is built with the toolchain of the machine that builds", function()
    new(FILES)
    space:write {
      ["WORKSPACE.lua"] = [[
option { name = "arch", values = { "here", "there" } }
toolchain { name = "cc", when = { arch = "there" }, cc = "tools/cc.sh", cflags = { "-DTHERE" } }]],
      ["tools/cc.sh"] = "#!/bin/sh\ntouch used\nexec cc \"$@\"\n",
      ["gen.c"] = "#include <stdio.h>\n#ifdef THERE\n#error wrong toolchain\n#endif\n"
        .. "int main(void) { puts(\"#define M 5\"); return 0; }\n",
      ["app.c"] = "#include \"made.h\"\n#ifndef THERE\n#error wrong toolchain\n#endif\n"
        .. "int main(void) { return M - 5; }\n",
    }
    assert.are.equal("CC 2, Genrule 1, LINK 2", ran "build //:app -D arch=there")
    space:sh "sky-out/bin-fastbuild-arch=there/app && sky-out/bin/gen"
  end)

  it("can have a toolchain of its own", function()
    new(FILES)
    space:write {
      ["WORKSPACE.lua"] = [[
toolchain { name = "cc", cflags = { "-DTARGET" } }
toolchain { name = "cc", when = { exec = true }, cflags = { "-DEXEC" } }]],
      ["gen.c"] = "#include <stdio.h>\n#ifndef EXEC\n#error wrong toolchain\n#endif\n"
        .. "int main(void) { puts(\"#define M 5\"); return 0; }\n",
      ["app.c"] = "#include \"made.h\"\n#ifndef TARGET\n#error wrong toolchain\n#endif\n"
        .. "int main(void) { return M - 5; }\n",
    }
    assert.are.equal("CC 2, Genrule 1, LINK 2", ran "build //:app")
    space:sh "sky-out/bin/app && sky-out/bin-exec/gen"
  end)
end)

describe("a toolchain", function()
  it("is asked for a runner only where a test runs", function()
    new { ["WORKSPACE.lua"] = 'toolchain { name = "cc", run = "no-such-runner" }',
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" } }\n'
        .. 'cc_test { name = "t", srcs = { "a.c" } }',
      ["a.c"] = "int main(void) { return 0; }\n" }
    assert.are.equal("CC 1, LINK 1", ran "build //:a")
    refused("test //:t", 1, "there is no program 'no-such-runner'", "BUILD.lua:2")
  end)

  it("is refused when it is declared wrongly", function()
    local function wrong(text, ...)
      new { ["WORKSPACE.lua"] = text, ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" } }',
        ["a.c"] = "int main(void) { return 0; }\n" }
      refused("build //:a", 1, ...)
      space:remove()
    end
    wrong('toolchain { name = "cc", when = "x" }', "'when' wants a map", "WORKSPACE.lua:1")
    wrong('toolchain { name = "cc", when = { arc = "x" } }', "there is no option 'arc'")
    wrong('toolchain { name = "cc", when = { mode = "x" } }', "cannot be 'x'")
    wrong('toolchain { name = "cc" }\ntoolchain { name = "cc" }', "two with the name 'cc'",
      "WORKSPACE.lua:2")
    wrong('toolchain { name = "cc", when = { mode = "fastbuild" } }\n'
      .. 'toolchain { name = "cc", when = { exec = false } }', "two toolchains 'cc'")
    wrong('toolchain { name = "cc", cc = "no-such-compiler" }', "there is no such program")
    wrong('toolchain { name = "cc", flags = {} }', "has no field 'flags'")
    space = nil
  end)
end)
