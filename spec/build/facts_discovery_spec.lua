--- Facts about build systems, with the numbers of the study: dependencies found while building,
-- and what commands make.
local space = require "spec.support.space"

after_each(space.close_all)

--- A rule whose command ($1 output, $2 depfile, then the sources) writes a depfile.
local SCAN = [[
local scan = rule {
  attrs = {
    cmd = attr.string { mandatory = true },
    srcs = attr.label_list { allow_files = true },
    may = attr.label_list { allow_files = true },
  },
  impl = function(ctx)
    local out, dep = ctx:declare_file(ctx.name .. ".out"), ctx:declare_file(ctx.name .. ".d")
    ctx:run { mnemonic = "Scan", argv = { "sh", "-ec", ctx.attr.cmd, "sh", out, dep,
      ctx.files.srcs }, inputs = ctx.files.srcs, may_read = ctx.files.may, depfile = dep,
      outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
}
return { scan = scan }
]]

--- A workspace with that rule; `build` sees it as `scan`.
local function scans(build, files)
  files["scan.lua"] = SCAN
  files["BUILD.lua"] = 'local scan = load("//scan.lua").scan\n' .. build
  return space.new(files)
end

local PROGRAM = {
  ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c", glob { "*.h" } } }',
  ["a.c"] = '#include "h1.h"\nint main(void) { return H1; }\n',
  ["h1.h"] = "#define H1 0\n",
  ["h2.h"] = "#define H2 0\n",
}

local CC, LINK = "CC _objs/a/a.c.o", "LINK a"

describe("fact", function()
  it("8: a header that went together with its #include: one compile, no link, then nothing",
    function()
      local s = space.new(PROGRAM)
      s:write { ["a.c"] = '#include "h1.h"\n#include "h2.h"\nint main(void) { return H1; }\n' }
      s:built()
      s:remove "h2.h":write { ["a.c"] = PROGRAM["a.c"] }
      assert.same({ CC }, s:build().ran)
      assert.same({}, s:build().ran)
    end)

  it("9: a command that touches what it reads is not run for ever", function()
    -- not the first time: what it reads must be known, for a change to be told from a touch
    local s = scans([[scan { name = "x", may = { "dep" },
      cmd = "cat dep > $1; [ ! -e ../go ] || touch dep; echo x: dep > $2"
    }]], { dep = "1\n" }):free()
    s:built():write { dep = "2\n", ["../go"] = "" }
    assert.same({ "Scan x.out" }, s:build().ran)
    assert.same({}, s:build().ran)
  end)

  it("23: a declared header that now comes first on the include path is noticed, twice", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c", glob { "*/*.h" } }, '
        .. 'includes = { "first", "second" } }',
      ["a.c"] = "#include <h.h>\nint main(void) { return H; }\n",
      ["second/h.h"] = "#define H 2\n",
    }
    s:built()
    assert.equal(2, (s:sh "sky-out/bin/a"))
    s:write { ["first/h.h"] = "#define H 1\n" }:built()
    assert.equal(1, (s:sh "sky-out/bin/a"))
    s:remove "first/h.h":built()
    assert.equal(2, (s:sh "sky-out/bin/a"))
    s:write { ["first/other.h"] = "#define H 3\n" }
    assert.same({}, s:build().ran)
  end)

  it("26: a header of the depfile compiles; the depfile itself is not needed", function()
    local s = space.new(PROGRAM):built()
    assert.is_false(s:exists "sky-out/bin/_objs/a/a.c.d")
    s:write { ["h1.h"] = "#define H1 1\n" }
    assert.same({ CC, LINK }, s:build().ran)
    s:write { ["h2.h"] = "#define H2 1\n" }
    assert.same({}, s:build().ran)
  end)

  it("27: no depfile where one was promised is an error", function()
    local s = scans('scan { name = "x", cmd = "echo > $1" }', {})
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("depfile", 1, true), r.stderr)
    assert.is_false(s:exists "sky-out/bin/x.out")
  end)

  it("29: a header that is gone and no longer included is no error", function()
    local s = space.new(PROGRAM):built()
    s:remove "h1.h":write { ["a.c"] = "int main(void) { return 0; }\n" }
    assert.same({ CC }, s:build().ran)
  end)

  it("30: what changes while it is read is not recorded as read", function()
    local s = scans([[scan { name = "x", may = { "dep" },
      cmd = "cat dep > $1; [ -e ../once ] || { touch ../once; echo 2 > dep; }; echo x: dep > $2"
    }]], { dep = "1\n" }):free()
    local first = s:build()
    s:built()
    assert.equal("2\n", s:read "sky-out/bin/x.out")
    assert.equal(1, first.exit)
    assert.is_truthy(first.stderr:find("dep", 1, true), first.stderr)
    assert.same({}, s:build().ran)
  end)

  it("31: an object that somebody put back is not believed", function()
    local s = space.new(PROGRAM):built()
    s:run "cp -p sky-out/bin/_objs/a/a.c.o ../old.o"
    s:write { ["h1.h"] = "#define H1 1\n" }:built()
    s:run "cp -p ../old.o sky-out/bin/_objs/a/a.c.o"
    assert.same({ CC }, s:build().restored)
    assert.equal(1, (s:sh "sky-out/bin/a"))
  end)

  it("32: what an old depfile says makes no cycle with what is new", function()
    local function build(x, y)
      return ('scan { name = "x", %s, cmd = "echo 1 > $1; echo x: %s > $2" }\n'):format(x,
        x:find(":y", 1, true) and "sky-out/bin/y.out" or "")
        .. ('scan { name = "y", %s, cmd = "echo 1 > $1; echo y: %s > $2" }\n'):format(y,
        y:find(":x", 1, true) and "sky-out/bin/x.out" or "")
    end
    local s = scans(build('may = { ":y" }', "may = {}"), {}):built()
    s:write { ["BUILD.lua"] = 'local scan = load("//scan.lua").scan\n'
      .. build("may = {}", 'may = { ":x" }') }
    s:built()
    assert.same({}, s:build().ran)
  end)

  it("33: a generated header that is not in the closure is an error, though it is there", function()
    local s = space.new {
      ["BUILD.lua"] = [[
genrule { name = "gen", outs = { "gen.h" }, cmd = "echo '#define G 0' > $(out)" }
cc_binary { name = "a", srcs = { "a.c" } }
]],
      ["a.c"] = '#include "gen.h"\nint main(void) { return G; }\n',
    }
    assert.equal(0, s:build("//:gen").exit)
    local r = s:build "//:a"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("//:a", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("gen.h", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("add the target that makes it to deps", 1, true), r.stderr)
    for _, sandbox in ipairs { "auto", "off" } do
      r = s:build("//:gen //:a --sandbox=" .. sandbox)
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("it is made by //:gen: add that to deps of //:a", 1, true),
        r.stderr)
    end
  end)

  it("34: a header that was reachable only through an edge now gone is reported", function()
    local build = [[
cc_library { name = "foo", hdrs = { "foo.h" } }
cc_library { name = "bar", srcs = { "bar.c" }, deps = { ":foo" } }
cc_binary { name = "a", srcs = { "a.c" }, deps = { ":bar" } }
]]
    local s = space.new {
      ["BUILD.lua"] = build, ["foo.h"] = "#define FOO 0\n", ["bar.c"] = "int bar;\n",
      ["a.c"] = '#include "foo.h"\nint main(void) { return FOO; }\n',
    }:built()
    s:write { ["BUILD.lua"] = (build:gsub(', deps = { ":foo" }', "")) }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("foo.h", 1, true), r.stderr)
    s:write { ["BUILD.lua"] = build }:built()
  end)

  it("39: a temporary file inside a command is nobody's business", function()
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "g", outs = { "g" }, cmd = "'
      .. 'echo 1 > $(out).tmp; mv $(out).tmp $(out); echo > $TMPDIR/t; rm $TMPDIR/t" }' }:built()
    assert.same({}, s:build().ran)
    assert.is_false(s:exists "sky-out/bin/g.tmp")
  end)

  it("40: what another command has overwritten is made again", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "a.out" }, cmd = "echo a > $(out)" }
genrule { name = "b", outs = { "b.out" }, cmd = "echo > $(out); echo b > sky-out/bin/a.out" }
genrule { name = "c", srcs = { ":a" }, outs = { "c.out" },
          cmd = "cp $(in) $(out); echo c > sky-out/bin/a.out" }
]] }
    s:build "//:a"
    s:build "//:b"                       -- not while a is looked at
    s:write { ["sky-out/bin/a.out"] = "b\n" }
    assert.same({ "Genrule a.out" }, s:build("//:a").restored)
    assert.equal("a\n", s:read "sky-out/bin/a.out")
    -- who overwrites its own input is told so, and leaves nothing
    local r = s:build "//:c"
    assert.equal(1, r.exit)
    assert.equal("E0306", r.messages[1].code, r.stderr)
    assert.is_false(s:exists "sky-out/bin/c.out")
  end)

  it("41: a declared output that was not made is an error, and nobody reads it", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "a.out" }, cmd = "true" }
genrule { name = "b", srcs = { ":a" }, outs = { "b.out" }, cmd = "cp $(in) $(out)" }
]] }
    for _ = 1, 2 do
      local r = s:build()
      assert.equal(1, r.exit)
      assert.same({ "Genrule a.out" }, r.failed)
      assert.same({}, r.ran)
      assert.is_truthy(r.stderr:find("did not create 'sky-out/bin/a.out'", 1, true), r.stderr)
    end
  end)

  it("42: and so it is when the output was there before", function()
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "a", outs = { "a.out" }, '
      .. 'cmd = "echo > $(out)" }' }:built()
    s:write { ["BUILD.lua"] = 'genrule { name = "a", outs = { "a.out" }, cmd = "true" }' }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("did not create", 1, true), r.stderr)
    assert.is_false(s:exists "sky-out/bin/a.out")
  end)
end)
