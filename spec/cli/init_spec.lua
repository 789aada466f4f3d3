--- skylua init: what it writes for the files that it sees builds at once, and nothing is lost.
local space_of = require "spec.language.space"
local events = require "spec.support.events"

local space
local function new(files)
  space = space_of.new(files)
  space:sh "rm WORKSPACE.lua"
  return space
end
after_each(function()
  if space then space:remove() end
  space = nil
end)

--- `skylua init`; what it said.
local function init(args)
  local code, out, err = events.sh(("cd %s && %s init %s"):format(space.dir, events.skylua,
    args or ""))
  assert.are.equal(0, code, err)
  return out
end

local function statuses(r)
  local out = {}
  for _, test in ipairs(r.tests) do out[#out + 1] = test.label .. " " .. test.status end
  table.sort(out)
  return table.concat(out, ", ")
end

describe("init", function()
  it("writes a project of C, with programs, tests, headers and what they link", function()
    new {
      ["src/main.c"] = "#include <math.h>\n#include <stdio.h>\n#include \"foo/foo.h\"\n"
        .. "int\nmain(int n, char **v) { (void)v; printf(\"%g\\n\", foo(sqrt(n))); return 0; }\n",
      ["src/foo.c"] = '#include <foo/foo.h>\n#include "body.c"\n',
      ["src/body.c"] = "double foo(double x) { return x + 1; }\n",
      ["include/foo/foo.h"] = "double foo(double x);\n",
      ["tests/foo_test.c"] = '#include "help.h"\n/* int main( */\n'
        .. "int main(void) { return help() != 2; }\n",
      ["tests/help.c"] = '#include "help.h"\n#include "foo/foo.h"\n'
        .. "int help(void) { return (int)foo(1); }\n",
      ["tests/help.h"] = "int help(void);\n",
      ["build/generated.c"] = "this is no C", [".hidden/x.c"] = "nor this",
    }
    init()
    space:ok "build"
    assert.are.equal("2\n", space:sh "sky-out/bin/main")
    assert.are.equal("//:foo_test passed", statuses(space:ok "test"))
  end)

  it("writes a project of Lua, Python and shell scripts", function()
    new {
      ["lua/m.lua"] = "return { n = 4 }\n",
      ["show.lua"] = '#!/usr/bin/env lua5.4\nprint(require("m").n)\n',
      ["tests/m_spec.lua"] = "describe('m', function() it('n', function() "
        .. "assert.are.equal(4, require('m').n) end) end)\n",
      ["py/pkg/__init__.py"] = "", ["py/pkg/a.py"] = "N = 5\n",
      ["py/app.py"] = "from pkg.a import N\nif __name__ == '__main__':\n  print(N)\n",
      ["tests/test_a.py"] = "import unittest\nfrom pkg.a import N\n"
        .. "class T(unittest.TestCase):\n  def test_n(self): self.assertEqual(N, 5)\n",
      ["run.sh"] = "#!/bin/sh\necho ran\n", ["tests/all_test.sh"] = "exit 0\n",
    }
    init()
    space:ok "build"
    assert.are.equal("4\n5\nran\n", space:sh "sky-out/bin/show; sky-out/bin/app; sky-out/bin/run")
    assert.are.equal("//:all_test passed, //:m_spec passed, //:test_a passed",
      statuses(space:ok "test"))
  end)

  it("makes patterns of many files, without what they should not catch", function()
    local files = { ["src/app.c"] = "int f1(void);\nint main(void) { return f1() - 1; }\n",
      ["src/f_test.c"] = "int f2(void);\nint main(void) { return f2() - 2; }\n" }
    for i = 1, 12 do
      files["src/f" .. i .. ".c"] = ("int f%d(void) { return %d; }\n"):format(i, i)
    end
    new(files)
    init()
    assert.is_truthy(space:read("BUILD.lua"):find('glob {\n    "src/*.c",\n    exclude = '
      .. '{ "src/app.c", "src/f_test.c" },', 1, true), space:read "BUILD.lua")
    space:ok "build"
    space:ok "test"
  end)

  it("gives every target a name of its own", function()
    new { ["a/run.sh"] = "", ["b/run.sh"] = "", ["run.c"] = "int main(void) { return 0; }\n",
      ["run.py"] = "#!/usr/bin/python3\n" }
    init()
    space:ok "build"
  end)

  it("shows how to begin where there is nothing", function()
    new {}
    assert.is_truthy(init():find("no sources seen", 1, true))
    space:sh "printf 'int main(void) { return 0; }' > hello.c"
    space:sh "sed -i 's/^--   cc_binary/cc_binary/' BUILD.lua"
    space:ok "build //:hello"
  end)

  it("overwrites nothing, and says so", function()
    new { ["BUILD.lua"] = "-- mine\n", [".gitignore"] = "*.o\n", [".luarc.json"] = "{}\n",
      [".skylua/meta/rules.d.lua"] = "-- mine, too\n", ["sub/BUILD.lua"] = "", ["sub/x.c"] = "" }
    local said = init()
    assert.is_truthy(said:find("kept   .gitignore: add a line /sky-out/", 1, true), said)
    assert.is_truthy(said:find("rules.d.lua: it is not ours", 1, true), said)
    assert.are.equal("-- mine\n*.o\n{}\n-- mine, too\n",
      space:sh "cat BUILD.lua .gitignore .luarc.json .skylua/meta/rules.d.lua")
    local before = space:sh "find . -type f | sort | xargs md5sum"
    assert.is_nil(init():find("wrote", 1, true))
    assert.are.equal(before, space:sh "find . -type f | sort | xargs md5sum")
  end)

  it("leaves sub-directories of a workspace, and directories that are none, alone", function()
    new { ["sub/x.c"] = "" }
    space:sh "touch WORKSPACE.lua"
    for args, why in pairs { ["-C sub"] = "belongs to the workspace", ["-C none"] = "cannot go to",
      ["//x"] = "takes no targets" } do
      local code, _, err = events.sh(("cd %s && %s init %s"):format(space.dir, events.skylua, args))
      assert.are.equal(2, code)
      assert.is_truthy(err:find(why, 1, true), err)
    end
  end)
end)

describe("types for editors", function()
  it("are Lua, and come from the live rules, also those of the workspace", function()
    new { ["tools/upper.lua"] = [[
local upper = rule {
  doc = "Writes capitals.",
  attrs = { src = attr.label { mandatory = true, doc = "what to shout" },
    how = attr.string { values = { "loud", "louder" } } },
  impl = function(_) return {} end,
}
return { upper = upper }
]], ["tools/broken.lua"] = "local r = rule {" }
    init()
    local text = space:read ".skylua/meta/rules.d.lua"
    for _, part in ipairs {
      "---@class sky.rules.cc_binary\n", "function cc_binary(spec) end",
      "---@field src sky.Label  what to shout", '---@field how? "loud"|"louder"|sky.Select',
      '---@overload fun(label: "//tools/upper.lua"): lib_tools_upper',
      '---@overload fun(label: "@sky//python.lua"): lib_sky_python',
    } do
      assert.is_truthy(text:find(part, 1, true), part)
    end
    for _, file in ipairs { "skylua.d.lua", "rules.d.lua" } do
      assert(load(space:read(".skylua/meta/" .. file), file, "t"))
    end
    -- every name that files see is described
    local all = text .. space:read ".skylua/meta/skylua.d.lua"
    for _, name in ipairs { "glob", "select", "load", "rule", "provider", "depset", "struct",
      "package", "export_files", "node_function", "DefaultInfo", "TestInfo" } do
      assert.is_truthy(all:find("\nfunction " .. name .. "(", 1, true), name)
    end
  end)
end)
