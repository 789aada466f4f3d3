--- The shipped rules, built for real.
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

local MAIN = "int main(void) { return 0; }\n"

describe("cc_library", function()
  it("hands includes and defines on, and keeps local ones", function()
    new {
      ["BUILD.lua"] = [[
cc_library { name = "lib", srcs = { "lib.c" }, hdrs = { "inc/lib.h" }, includes = { "inc" },
  defines = { "LIB=3" }, local_defines = { "OWN=4" } }
cc_binary { name = "app", srcs = { "app.c" }, deps = { ":lib" } }]],
      ["inc/lib.h"] = "int lib(void);\n",
      ["lib.c"] = "#include <lib.h>\nint lib(void) { return LIB + OWN; }\n",
      ["app.c"] = "#include <lib.h>\n#include <stdio.h>\n#ifdef OWN\n#error leak\n#endif\n"
        .. "int main(void) { printf(\"%d %d\\n\", lib(), LIB); return 0; }\n",
    }
    space:ok "build //..."
    assert.are.equal("7 3\n", space:sh "sky-out/bin/app")
  end)

  it("links archives in an order that works for a diamond", function()
    new {
      ["BUILD.lua"] = [[
cc_library { name = "base", srcs = { "base.c" } }
cc_library { name = "left", srcs = { "left.c" }, deps = { ":base" } }
cc_library { name = "right", srcs = { "right.c" }, deps = { ":base", ":left" } }
cc_binary { name = "app", srcs = { "app.c" }, deps = { ":base", ":left", ":right" } }]],
      ["base.c"] = "int base(void) { return 1; }\n",
      ["left.c"] = "int base(void);\nint left(void) { return base() + 1; }\n",
      ["right.c"] = "int left(void);\nint right(void) { return left() + 1; }\n",
      ["app.c"] = "int right(void);\nint main(void) { return right() - 3; }\n",
    }
    space:ok "build //:app"
    space:sh "sky-out/bin/app"
  end)

  it("links all of it with alwayslink", function()
    new {
      ["BUILD.lua"] = [[
cc_library { name = "hook", srcs = { "hook.c" }, alwayslink = true }
cc_binary { name = "app", srcs = { "app.c" }, deps = { ":hook" } }]],
      ["hook.c"] = "#include <stdio.h>\n__attribute__((constructor)) static void f(void) "
        .. "{ puts(\"hooked\"); }\n",
      ["app.c"] = MAIN,
    }
    space:ok "build //:app"
    assert.are.equal("hooked\n", space:sh "sky-out/bin/app")
  end)

  it("may be just headers, made or not", function()
    new {
      ["BUILD.lua"] = [[
genrule { name = "gen", outs = { "gen.h" }, cmd = "echo '#define N 0' > $(out)" }
cc_library { name = "headers", hdrs = { "gen.h", "own.h" } }]],
      ["own.h"] = "",
      ["app/BUILD.lua"] = [[
cc_binary { name = "app", srcs = { "app.c" }, deps = { "//:headers" } }]],
      ["app/app.c"] = "#include \"gen.h\"\n#include \"own.h\"\nint main(void) { return N; }\n",
    }
    assert.is_truthy(space:fails("build //app"):find("E0218", 1, true))
    space:write { ["BUILD.lua"] = "package { default_visibility = { \"//app\" } }\n"
      .. space:read "BUILD.lua" }
    space:ok "build //app"
  end)

  it("refuses a header that nobody declares", function()
    new {
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "app.c" } }',
      ["app.c"] = "#include \"secret.h\"\n" .. MAIN,
      ["secret.h"] = "",
    }
    assert.is_truthy(space:fails("build //:app"):find("secret.h", 1, true))
  end)
end)

describe("cc_binary", function()
  it("compiles C++ and assembly, and links with the right driver", function()
    new {
      ["BUILD.lua"] = [[
cc_library { name = "asm", srcs = { "f.S" } }
cc_binary { name = "app", srcs = { "app.cc" }, deps = { ":asm" } }]],
      ["f.S"] = "\t.globl f\nf:\n\tret\n\t.section .note.GNU-stack,\"\",@progbits\n",
      ["app.cc"] = "#include <iostream>\nextern \"C\" void f();\n"
        .. "int main() { f(); std::cout << \"c++\" << std::endl; }\n",
    }
    local r = space:ok "build //:app"
    assert.are.equal(1, r.ran.CXX)
    assert.are.equal("c++\n", space:sh "sky-out/bin/app")
  end)

  it("has modes, side by side", function()
    new {
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "app.c" } }',
      ["app.c"] = "#ifdef NDEBUG\nint main(void) { return 1; }\n#else\n" .. MAIN .. "#endif\n",
    }
    space:ok "build -c debug"
    space:ok "build -c release"
    assert.are.equal("0 1\n", space:sh
      "sky-out/bin-debug/app; a=$?; sky-out/bin-release/app || b=$?; echo $a $b")
    assert.is_truthy(space:sh("readelf --debug-dump=info sky-out/bin-debug/app")
      :find("/proc/self/cwd", 1, true))
    assert.are.equal("", space:sh "grep -l \"$PWD\" -r sky-out/bin* || true")
  end)

  it("finds the shared libraries of the workspace", function()
    new {
      ["lib/BUILD.lua"] = [[
package { default_visibility = { "//visibility:public" } }
cc_library { name = "inner", srcs = { "inner.c" } }
cc_shared_library { name = "outer", srcs = { "outer.c" }, deps = { ":inner" } }]],
      ["lib/inner.c"] = "int inner(void) { return 5; }\nint unused(void) { return 6; }\n",
      ["lib/outer.c"] = "int inner(void);\nint outer(void) { return inner() + 1; }\n",
      ["app/BUILD.lua"] = 'cc_test { name = "app", srcs = { "a.c" }, deps = { "//lib:outer" } }',
      ["app/a.c"] = "int outer(void);\nint unused(void);\n"
        .. "int main(void) { return outer() - unused(); }\n",
    }
    space:ok "test //..."
    space:sh "cd / && \"$OLDPWD\"/sky-out/bin/app/app"
    assert.is_truthy(space:sh("readelf -d sky-out/bin/app/app"):find("libouter.so", 1, true))
  end)

  it("takes flags and programs from WORKSPACE.lua", function()
    new {
      ["WORKSPACE.lua"] = 'toolchain { name = "cc", cc = "gcc -DA=1", cflags = { "-DB=2" } }',
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "app.c" } }',
      ["app.c"] = "int main(void) { return A + B - 3; }\n",
    }
    space:ok "build"
    space:sh "sky-out/bin/app"
    space:write { ["WORKSPACE.lua"] = 'toolchain { name = "cc", cflag = { "-DB=2" } }' }
    assert.is_truthy(space:fails("build"):find("has no field 'cflag'", 1, true))
  end)

  it("takes CC from the environment, as an input", function()
    new {
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "app.c" } }',
      ["app.c"] = "#ifdef MARK\nint main(void) { return 7; }\n#else\n" .. MAIN .. "#endif\n",
    }
    space:ok "build"
    local events = require "spec.support.events"
    events.must(("cd %s && CC='gcc -DMARK' %s build 2>&1"):format(space.dir, events.skylua))
    assert.are.equal("7\n", space:sh "sky-out/bin/app || echo $?")
    local code, _, err = events.sh(("cd %s && CC=nosuchcc %s build --cache=off"):format(space.dir,
      events.skylua))
    assert.is_true(code ~= 0)
    assert.is_truthy(err:find("CC is 'nosuchcc'", 1, true), err)
  end)
end)

describe("genrule", function()
  it("expands its names, quotes paths, and leaves other $ to the shell", function()
    new {
      ["p/BUILD.lua"] = [=[
genrule { name = "one", srcs = { "a b.txt" }, outs = { "o'ut.txt" },
  cmd = [[n=3; printf '%s %s\n' "$n" "$(cat $(in))" > $(out)]] }
genrule { name = "two", srcs = { ":one" }, outs = { "x", "sub/y" }, tools = { "tool.sh" },
  cmd = "$(location tool.sh) $(locations :one) > $(location x); "
    .. "echo $(outdir) > $(location sub/y)" }
genrule { name = "three", srcs = { ":x" }, outs = { "z" }, cmd = { "cp", "$(in)", "$(out)" } }
genrule { name = "four", outs = { "env" }, cmd = 'echo "$A $B" > $(out)', env = { A = "1" } }]=],
      ["p/a b.txt"] = "hello\n",
      ["p/tool.sh"] = "#!/bin/sh\nexec tr a-z A-Z < \"$1\"\n",
    }
    space:ok "build //..."
    assert.are.equal("3 HELLO\n", space:read "sky-out/bin/p/z")
    assert.are.equal("sky-out/bin/p\n", space:read "sky-out/bin/p/sub/y")
    assert.are.equal("1 \n", space:read "sky-out/bin/p/env")
  end)

  it("takes variables of the caller as inputs", function()
    new {
      ["BUILD.lua"] = [[
genrule { name = "g", outs = { "g.txt" }, cmd = "echo $WHO > $(out)", env = { "WHO" } }]],
    }
    local events = require "spec.support.events"
    local function build(who)
      return events.must(("cd %s && WHO=%s %s build --json 2>/dev/null | grep -c '\"action\",' "
        .. "|| true"):format(space.dir, who, events.skylua))
    end
    build "me"
    assert.are.equal("me\n", space:read "sky-out/bin/g.txt")
    build "you"
    assert.are.equal("you\n", space:read "sky-out/bin/g.txt")
  end)
end)

describe("scripts and Lua", function()
  it("run as tests and as programs from anywhere", function()
    new {
      ["t/BUILD.lua"] = [[
sh_test { name = "good", srcs = { "good.sh" }, data = { "data.txt" }, args = { "x" } }
sh_test { name = "bad", srcs = { "bad.sh" } }
sh_binary { name = "tool", srcs = { "good.sh" } }
sh_binary { name = "wrapped", srcs = { "good.sh" }, args = { "a b" }, env = { V = "it's" } }
lua_library { name = "lib", srcs = { "lib.lua" } }
lua_binary { name = "prog", srcs = { "prog.lua" }, deps = { ":lib" } }
lua_test { name = "lua_good", srcs = { "some_spec.lua" }, deps = { ":lib" } }
test_suite { name = "all_tests" }
test_suite { name = "some", tests = { ":good" } }]],
      ["t/good.sh"] = "#!/bin/sh\necho \"$1 $V\"\n",
      ["t/bad.sh"] = "echo no\nexit 1\n",
      ["t/data.txt"] = "",
      ["t/lib.lua"] = "return { n = 4 }\n",
      ["t/prog.lua"] = "print(require('t.lib').n, ...)\n",
      ["t/some_spec.lua"] = "describe('x', function() it('y', function() "
        .. "assert.are.equal(4, require('t.lib').n) end) end)\n",
    }
    local r = space:run "test //t:all_tests"
    local status = {}
    for _, test in ipairs(r.tests) do status[test.label] = test.status end
    assert.same({ ["//t:good"] = "passed", ["//t:bad"] = "failed", ["//t:lua_good"] = "passed" },
      status)
    assert.are.equal(1, #space:ok("test //t:some").tests)
    space:ok "build //t:tool //t:wrapped //t:prog"
    assert.are.equal("q \n", space:sh "cd / && \"$OLDPWD\"/sky-out/bin/t/tool q")
    assert.are.equal("a b it's\n", space:sh "cd / && \"$OLDPWD\"/sky-out/bin/t/wrapped")
    assert.are.equal("4\targ\n", space:sh "cd / && \"$OLDPWD\"/sky-out/bin/t/prog arg")
  end)
end)

describe("filegroup and alias", function()
  it("stand for what they name", function()
    new {
      ["lib/BUILD.lua"] = [[
package { default_visibility = { "//visibility:public" } }
cc_library { name = "impl", srcs = { "l.c" } }
alias { name = "lib", actual = ":impl" }
filegroup { name = "texts", srcs = { "a.txt", "b.txt" } }
export_files { "c.txt" }]],
      ["lib/l.c"] = "int l(void) { return 0; }\n", ["lib/a.txt"] = "a\n", ["lib/b.txt"] = "b\n",
      ["lib/c.txt"] = "c\n", ["lib/d.txt"] = "d\n",
      ["BUILD.lua"] = [[
cc_binary { name = "app", srcs = { "app.c" }, deps = { "//lib" } }
genrule { name = "cat", srcs = { "//lib:texts", "//lib:c.txt" }, outs = { "all" },
  cmd = "cat $(in) > $(out)" }
genrule { name = "d", srcs = { "//lib:d.txt" }, outs = { "d" }, cmd = "cat $(in) > $(out)" }]],
      ["app.c"] = "int l(void);\nint main(void) { return l(); }\n",
    }
    space:ok "build //:app //:cat"
    assert.are.equal("a\nb\nc\n", space:read "sky-out/bin/all")
    local err = space:fails "build //:d"
    assert.is_truthy(err:find('add to lib/BUILD.lua: export_files { "d.txt" }', 1, true), err)
  end)
end)

describe("select", function()
  it("chooses by mode and by options", function()
    new {
      ["WORKSPACE.lua"] = 'option { name = "os", values = { "linux", "mac" }, default = "linux" }',
      ["conf/BUILD.lua"] = [[
package { default_visibility = { "//visibility:public" } }
config_setting { name = "debug", values = { mode = "debug" } }
config_setting { name = "debug_mac", values = { mode = "debug", os = "mac" } }]],
      ["BUILD.lua"] = [[
genrule { name = "g", outs = { "g.txt" }, cmd = select {
  ["//conf:debug"] = "echo debug > $(out)",
  ["//conf:debug_mac"] = "echo debug mac > $(out)",
  ["//conf:os=mac"] = "echo mac > $(out)",
  default = "echo plain > $(out)" } }]],
    }
    local function text(args, dir)
      space:ok("build " .. args)
      return space:sh(("cat sky-out/bin%s/g.txt"):format(dir))
    end
    assert.are.equal("plain\n", text("", ""))
    assert.are.equal("debug\n", text("-c debug", "-debug"))
    assert.are.equal("mac\n", text("-D os=mac", "-fastbuild-*"))
    space:ok "build -c debug -D os=mac"
    assert.are.equal("debug mac\n", space:sh "cat sky-out/bin-debug-os=mac/g.txt")
    assert.is_truthy(space:fails("build -D oss=mac"):find("did you mean 'os'", 1, true))
    assert.is_truthy(space:fails("build -D os=bsd"):find("'linux' and 'mac'", 1, true))
    assert.is_truthy(space:fails("build //:h"):find("did you mean '//:g'", 1, true))
  end)
end)
