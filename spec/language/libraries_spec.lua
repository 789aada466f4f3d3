--- The libraries that are shipped beside the prelude: @sky//python.lua, archive.lua, embed.lua.
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

local function has(program)
  return (events.sh("command -v " .. program)) == 0
end

describe("every shipped library", function()
  it("is short, and says what its rules and attributes are for", function()
    for path in events.must("ls rules/*.lua"):gmatch("[^\n]+") do
      local text = events.read(path)
      assert.is_truthy(text:find("^%-%-%- "), path)
      if path ~= "rules/cc.lua" and path ~= "rules/genrule.lua" then
        local _, lines = text:gsub("\n", "")
        assert.is_true(lines <= 150, path .. " has " .. lines .. " lines")
      end
      local _, rules = text:gsub("= rule {\n", "")
      local _, docs = text:gsub("= rule {\n%s+doc = \"", "")
      assert.are.equal(rules, docs, path)
      for attribute in text:gmatch("attr%.[%l_]+ (%b{})") do
        assert.is_truthy(attribute:find("doc =", 1, true), path .. ": " .. attribute)
      end
    end
  end)
end)

describe("a shipped library", function()
  it("has the same providers in every evaluator", function()
    -- loaded first by one package, then from inside the code of others
    local files = { ["lib/BUILD.lua"] = 'load("@sky//python.lua").py_library { name = "lib", '
      .. 'srcs = { "l.py" }, visibility = { "//visibility:public" } }', ["lib/l.py"] = "" }
    for i = 1, 12 do
      files["p" .. i .. "/a.py"] = ""
      files["p" .. i .. "/BUILD.lua"] = 'local py = load "@sky//python.lua"\n'
        .. 'py.py_library { name = "a", srcs = { "a.py" }, deps = { "//lib" } }'
    end
    new(files)
    for _, n in ipairs { 0, 1, 4 } do
      space:sh "rm -rf sky-out"
      space:ok("build //... --evaluators=" .. n)
    end
  end)
end)

describe("python.lua", function()
  local BUILD = [[
local py = load "@sky//python.lua"
genrule { name = "gen", outs = { "made.py" }, cmd = "echo 'N = 3' > $(out)" }
py.py_library { name = "made", srcs = { "made.py" } }
py.py_library { name = "lib", srcs = { "lib/util.py" }, imports = { "lib" }, deps = { ":made" } }
py.py_binary { name = "app", srcs = { "app.py" }, deps = { ":lib" } }
py.py_test { name = "good", srcs = { "good.py" }, deps = { ":lib" }, args = { "x" } }
py.py_test { name = "unit", srcs = { "unit.py" }, deps = { ":lib" }, runner = "unittest" }
]]

  it("runs programs from anywhere, and tests, with what is made for them", function()
    if not has "python3" then return pending "there is no python3" end
    new {
      ["p/BUILD.lua"] = BUILD,
      ["p/lib/util.py"] = "from p.made import N\ndef twice(): return 2 * N\n",
      ["p/app.py"] = "import sys, util\nprint(util.twice(), *sys.argv[1:])\n",
      ["p/good.py"] = "import sys, util\nassert (util.twice(), sys.argv[1]) == (6, 'x')\n",
      ["p/unit.py"] = "import unittest, p.lib.util as u\nclass T(unittest.TestCase):\n"
        .. "  def test_it(self): self.assertEqual(6, u.twice())\n",
    }
    local r = space:ok "test //..."
    assert.are.equal("passed passed", r.tests[1].status .. " " .. r.tests[2].status)
    space:ok "build //p:app"
    assert.are.equal("6 a b\n", space:sh "cd / && \"$OLDPWD\"/sky-out/bin/p/app a b")
    -- nothing is left beside the sources
    assert.are.equal("", space:sh "find . -name '*.pyc' -o -name __pycache__")
    -- a library that changes runs what imports it, and only that
    space:write { ["p/app.py"] = "import sys\nprint('other')\n" }
    assert.is_true(space:ok("test //...").tests[1].cached)
    space:write { ["p/lib/util.py"] = "from p.made import N\ndef twice(): return N\n" }
    assert.are.equal(3, space:run("test //...").code)
  end)

  it("builds what a program needs when it runs, too", function()
    if not has "python3" then return pending "there is no python3" end
    new { ["p/BUILD.lua"] = BUILD, ["p/lib/util.py"] = "from p.made import N\n",
      ["p/app.py"] = "import util\nprint(util.N)\n", ["p/good.py"] = "", ["p/unit.py"] = "" }
    assert.are.equal("Genrule 1, Write 1", events.what(space:ok "build //p:app"))
    assert.are.equal("3\n", space:sh "sky-out/bin/p/app")
    space:sh "rm sky-out/bin/p/made.py"
    assert.are.equal("3\n", space:sh(events.quote(events.skylua) .. " run -q //p:app"))
  end)

  it("takes another interpreter from WORKSPACE.lua, and says when there is none", function()
    new { ["WORKSPACE.lua"] = 'toolchain { name = "python", python = "/nowhere/python9" }',
      ["BUILD.lua"] = 'load("@sky//python.lua").py_binary { name = "a", srcs = { "a.py" } }',
      ["a.py"] = "" }
    local err = space:fails "build //:a"
    assert.is_truthy(err:find("error[E0243]: there is no Python: '/nowhere/python9'", 1, true), err)
  end)
end)

describe("archive.lua", function()
  local BUILD = [[
local archive = load "@sky//archive.lua"
genrule { name = "gen", outs = { "made.txt" }, cmd = "echo made > $(out)" }
archive.tar { name = "all", srcs = { ":gen", "a b.txt", glob { "sub/**" } }, prefix = "x-1.0" }
archive.tar { name = "plain", out = "plain.tar", srcs = { ":gen" }, strip = "" }
archive.unpack { name = "back", src = ":all", strip = 1 }
archive.tar { name = "again", out = "again.tar", srcs = { ":back" } }
]]
  local FILES = { ["p/BUILD.lua"] = BUILD, ["p/a b.txt"] = "a\n", ["p/sub/s.sh"] = "#!/bin/sh\n" }
  local SUM = "cd sky-out/bin/p && md5sum all.tar.gz plain.tar again.tar"

  it("makes the same bytes of the same files", function()
    new(FILES)
    space:ok "build //..."
    assert.are.equal("-rw-r--r-- 0/0 1980-01-01 x-1.0/a b.txt\n-rwxr-xr-x 0/0 1980-01-01 "
      .. "x-1.0/sub/s.sh\n-rw-r--r-- 0/0 1980-01-01 x-1.0/made.txt\n", space:sh(
      "TZ=UTC tar tvf sky-out/bin/p/all.tar.gz | sed 's/  *[0-9]* \\([0-9-]*\\) 00:00 / \\1 /'"))
    assert.are.equal("p/made.txt\n", space:sh "tar tf sky-out/bin/p/plain.tar")
    assert.are.equal("made\n", space:read "sky-out/bin/p/back/made.txt")
    local first = space:sh(SUM)
    assert.are.equal(0, #space:ok("build //...").actions)
    -- other times, another umask, everything anew
    space:sh "find p -exec touch -d @1234567890 {} +; chmod 600 'p/a b.txt'; rm -rf sky-out"
    space:sh(("umask 077; XDG_CACHE_HOME=$PWD/../none %s build -q //..."):format(events.skylua))
    assert.are.equal(first, space:sh(SUM))
  end)

  it("makes zip archives", function()
    if not (has "zip" and has "unzip") then return pending "there is no zip" end
    new(FILES)
    space:write { ["p/BUILD.lua"] = BUILD .. [[
archive.zip { name = "z", srcs = { ":gen", glob { "sub/**" } }, prefix = "q" }
archive.unpack { name = "unzipped", src = ":z" }]] }
    space:ok "build //p:unzipped"
    assert.are.equal("q/made.txt\nq/sub/s.sh\n", space:sh "unzip -Z1 sky-out/bin/p/z.zip")
    assert.are.equal("made\n", space:read "sky-out/bin/p/unzipped/q/made.txt")
  end)

  it("refuses names that say nothing of the form", function()
    new { ["BUILD.lua"] = 'load("@sky//archive.lua").tar { name = "a", srcs = { "f" }, '
      .. 'out = "a.rar" }', f = "" }
    local err = space:fails "build //:a"
    assert.is_truthy(err:find("'a.rar' is no name for a tar archive", 1, true), err)
    assert.is_truthy(err:find("1:61", 1, true), err)
  end)
end)

describe("embed.lua", function()
  it("makes a C library with a header of the bytes of files", function()
    new {
      ["web/BUILD.lua"] = [[
local embed = load "@sky//embed.lua"
genrule { name = "gen", outs = { "made.txt" }, cmd = "echo made > $(out)" }
embed.cc_embed { name = "assets", srcs = { ":gen", "logo.txt", "empty" },
  visibility = { "//app" } }]],
      ["web/logo.txt"] = "lo\n\0\255go", ["web/empty"] = "",
      ["app/BUILD.lua"] = 'cc_binary { name = "app", srcs = { "app.c" }, '
        .. 'deps = { "//web:assets" } }',
      ["app/app.c"] = [[
#include <stdio.h>
#include "web/assets.h"
int main(void)
{
	for (size_t i = 0; i < assets_count; i++)
		printf("%s %zu\n", assets_files[i].name, assets_files[i].size);
	fwrite(assets_logo_txt, 1, assets_logo_txt_size, stdout);
	return 0;
}
]] }
    space:ok "build //..."
    assert.are.equal("made.txt 5\nlogo.txt 7\nempty 0\nlo\n\0\255go",
      space:sh "sky-out/bin/app/app")
    space:write { ["web/logo.txt"] = "new" }
    assert.are.equal("AR 1, CC 1, Embed 1, LINK 1", events.what(space:ok "build //..."))
  end)

  it("says what is wrong with its call", function()
    new { ["BUILD.lua"] = 'load("@sky//embed.lua").cc_embed { srcs = { "a" } }' }
    local err = space:fails "build //..."
    assert.is_truthy(err:find('write cc_embed { name = "...", srcs = { ... } }', 1, true), err)
    assert.is_truthy(err:find("//BUILD.lua:1", 1, true), err)
  end)
end)
