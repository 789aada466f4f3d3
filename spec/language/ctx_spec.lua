--- Rules that users write: what ctx offers, dynamic dependencies, keys of libraries.
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

--- A workspace whose rule `r` has this body and these attributes.
local function with_rule(attrs, body, build, more)
  local files = {
    ["tools/r.lua"] = ("local Info = provider { fields = { text = '', files = '' } }\n"
      .. "local r = rule {\n  attrs = { %s },\n  impl = function(ctx)\n%s\n  end,\n}\n"
      .. "return { r = r, Info = Info }\n"):format(attrs, body),
    ["p/BUILD.lua"] = "local t = load \"//tools/r.lua\"\n" .. build,
  }
  for k, v in pairs(more or {}) do files[k] = v end
  return new(files)
end

describe("ctx", function()
  it("has the fields of the target", function()
    with_rule("n = attr.int { default = 3 }, m = attr.string_list {}, d = attr.string_dict {}, "
      .. "b = attr.bool {}, s = attr.string {}, src = attr.label { allow_single_file = true }", [[
    local f = ctx.file.src
    local out = ctx:write("out", { ctx.name, tostring(ctx.label), ctx.package, ctx.out_dir,
      tostring(ctx.attr.n), #ctx.attr.m .. ctx.attr.d.k, tostring(ctx.attr.b),
      tostring(ctx.attr.s), ctx.config.mode .. ctx.config.options.o, f.path, f.basename,
      f.extension, f.stem, f.dirname, tostring(f.is_source), ctx.attr.src.label.name })
    return DefaultInfo { files = { out } }]],
      't.r { name = "x", m = { "a", { "b" }, false }, d = { k = "v" }, src = "s.c" }',
      { ["p/s.c"] = "", ["WORKSPACE.lua"] = 'option { name = "o", default = 1 }' })
    space:ok "build //p:x"
    assert.are.equal("x\n//p:x\np\nsky-out/bin/p\n3\n2v\nfalse\nnil\nfastbuild1\np/s.c\ns.c\n"
      .. ".c\ns\np\ntrue\ns.c\n", space:read "sky-out/bin/p/out")
  end)

  it("copies, links, expands templates and runs shells", function()
    with_rule("src = attr.label { allow_single_file = true }", [[
    local t = ctx:declare_file("t.txt")
    ctx:expand_template { template = ctx.file.src, output = t, substitutions = { ["@X@"] = "42" } }
    local c = ctx:copy(t, "c.txt")
    local l = ctx:symlink(c, "l.txt")
    local e = ctx:write("run.sh", "#!/bin/sh\necho ran\n", { executable = true })
    local s = ctx:declare_file("s.txt")
    ctx:run_shell { cmd = "cat \"$1\" > \"$2\"; ./\"$3\" >> \"$2\"", args = { l, s, e },
      inputs = { l, e }, outputs = { s }, mnemonic = "Sh" }
    return { DefaultInfo { files = { s } } }]],
      't.r { name = "x", src = "s.in" }', { ["p/s.in"] = "v=@X@\n" })
    space:ok "build //p:x"
    assert.are.equal("v=42\nran\n", space:read "sky-out/bin/p/s.txt")
  end)

  it("takes a tool with its arguments, and files that a tool reads behind a parameter file",
    function()
      with_rule("tool = attr.label { executable = true, allow_files = true }, "
        .. "srcs = attr.label_list { allow_files = true }", [[
    local out = ctx:declare_file("out")
    ctx:run { tool = ctx.executable.tool,
      args = { out, ctx:args():add_all(ctx.files.srcs, { prefix = "--in=" }) },
      inputs = ctx.files.srcs, outputs = { out }, mnemonic = "T" }
    return { DefaultInfo { files = depset { out } } }]],
        't.r { name = "x", tool = "tool.sh", srcs = glob { "*.txt" } }', {
          ["p/tool.sh"] = "#!/bin/sh\nout=$1\nshift\necho \"$@\" > $out\n",
          ["p/a.txt"] = "", ["p/b.txt"] = "" })
      space:ok "build //p:x"
      assert.are.equal("--in=p/a.txt --in=p/b.txt\n", space:read "sky-out/bin/p/out")
    end)

  it("declares outputs in any order, and still each action has one key", function()
    with_rule("", [[
    local a, b, c = ctx:declare_file("a"), ctx:declare_file("b"), ctx:declare_file("c")
    local all = depset({ a, b, c })
    ctx:write(c, "c")
    ctx:run { argv = { "sh", "-c", "cp $0 $1; cp $0 $2", c, a, b }, inputs = { c },
      outputs = { a, b }, mnemonic = "Two" }
    return { DefaultInfo { files = all } }]], 't.r { name = "x" }')
    local r = space:ok "build //p:x"
    assert.are.equal(1, r.ran.Two)
    assert.are.equal("ccc", space:sh "cat sky-out/bin/p/a sky-out/bin/p/b sky-out/bin/p/c")
    assert.are.equal(0, #space:ok("build //p:x").actions)
  end)

  it("collects what dependencies provide, each thing once", function()
    new {
      ["tools/r.lua"] = [[
local Info = provider { fields = { names = "depset", one = "string" } }
local r = rule {
  attrs = { deps = attr.label_list { providers = { Info } },
    by = attr.label_dict { providers = { Info } } },
  provides = { Info },
  impl = function(ctx)
    local below = ctx:collect(ctx.attr.deps, Info)
    local words = below.names:to_list()
    for k, dep in pairs(ctx.attr.by) do words[#words + 1] = k .. "=" .. dep[Info].one end
    local out = ctx:write(ctx.name .. ".txt", words)
    return { DefaultInfo { files = { out } },
      Info { names = depset({ ctx.name }, { below.names }), one = ctx.name } }
  end,
}
return { r = r }]],
      ["BUILD.lua"] = [[
local t = load "//tools/r.lua"
local a = t.r { name = "a" }
local b = t.r { name = "b", deps = { a } }
local c = t.r { name = "c", deps = { a, b } }
t.r { name = "d", deps = { b, c, ":a" }, by = { x = a, y = ":b" } }]],
    }
    space:ok "build //:d"
    assert.are.equal("a\nb\nc\nx=a\ny=b\n", space:read "sky-out/bin/d.txt")
  end)

  it("collects through rules that know nothing of the provider", function()
    new {
      ["tools/note.lua"] = [[
local NoteInfo = provider { fields = { text = "what to say" } }
local note = rule {
  attrs = { text = attr.string {}, deps = attr.label_list { providers = {} } },
  impl = function(ctx) return { NoteInfo { text = ctx.attr.text } } end,
}
local notes = rule {
  attrs = { deps = attr.label_list { providers = {} } },
  impl = function(ctx)
    local all = ctx:collect(NoteInfo)
    return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", all.text:to_list()) } } }
  end,
}
local pass = rule {
  attrs = { deps = attr.label_list { providers = {}, allow_files = true } },
  impl = function(ctx) return { DefaultInfo { files = { ctx:write(ctx.name, "") } } } end,
}
return { note = note, notes = notes, pass = pass }
]],
      ["f.txt"] = "",
      ["p/BUILD.lua"] = [[
local t = load "//tools/note.lua"
t.note { name = "low", text = "low" }
t.pass { name = "one", deps = { ":low" } }
alias { name = "other", actual = ":one" }
t.note { name = "mid", text = "mid", deps = { ":other" } }
t.pass { name = "two", deps = { ":low", ":one", ":mid" } }
t.notes { name = "all", deps = { ":two" } }
t.notes { name = "none", deps = {} }
]] }
    space:ok "build //p:all //p:none"
    assert.are.equal("low\nmid\n", space:read "sky-out/bin/p/all.txt")
    assert.are.equal("\n", space:read "sky-out/bin/p/none.txt")
    -- what was passed is an input: the far end is heard
    local text = space:read("p/BUILD.lua"):gsub('text = "low"', 'text = "deep"')
    space:write { ["p/BUILD.lua"] = text }
    assert.are.equal("Write 1", events.what(space:ok "build //p:all"))
    assert.are.equal("deep\nmid\n", space:read "sky-out/bin/p/all.txt")
  end)

  it("warns, and warns again when nothing runs", function()
    with_rule("", 'ctx:warn("old style") return {}', 't.r { name = "x" }')
    for _ = 1, 2 do
      local err = space:ok("build //p:x").err
      assert.is_truthy(err:find("//p:x: old style", 1, true), err)
    end
  end)
end)

describe("dynamic dependencies", function()
  local function files()
    return {
      ["tools/scan.lua"] = [[
local scan = rule {
  attrs = { src = attr.label { allow_single_file = true } },
  impl = function(ctx)
    local list = ctx:declare_file(ctx.name .. ".list")
    local set = depset({ list })
    ctx:run { mnemonic = "Scan", argv = { "sh", "-c", "grep . $0 > $1", ctx.file.src, list },
      inputs = { ctx.file.src }, outputs = { list } }
    local parts = {}
    for name in ctx:read(list):gmatch("%S+") do
      local part = ctx:declare_file(name)
      ctx:run { mnemonic = "Part", argv = { "sh", "-c", "echo " .. name .. " > $0", part },
        outputs = { part } }
      parts[#parts + 1] = part
      if name == "deep" then
        local deeper = ctx:read(part)
        parts[#parts + 1] = ctx:write("deeper", "<" .. deeper .. ">")
      end
    end
    return { DefaultInfo { files = depset(parts, { set }) } }
  end,
}
return { scan = scan }]],
      ["BUILD.lua"] = 'local t = load "//tools/scan.lua"\nt.scan { name = "s", src = "in" }',
      ["in"] = "one\ntwo\n",
    }
  end

  it("read what the rule itself has made, in stages", function()
    new(files())
    local r = space:ok "build //:s"
    assert.are.equal(1, r.ran.Scan)
    assert.are.equal(2, r.ran.Part)
    space:write { ["in"] = "one\ndeep\nthree\n" }
    r = space:ok "build //:s"
    assert.are.equal(1, r.ran.Scan)
    assert.are.equal(2, r.ran.Part)
    assert.are.equal("<deep\n>", space:read "sky-out/bin/deeper")
    assert.are.equal(0, #space:ok("build //:s").actions)
  end)

  it("are the same with every number of evaluators", function()
    new(files())
    space:write { ["in"] = "one\ndeep\nthree\n" }
    for n = 0, 2 do
      space:sh "rm -rf sky-out ../ws.cache"
      assert.are.equal(5, #space:ok("build //:s --evaluators=" .. n).actions)
    end
  end)

  it("list the files of a directory that an action makes", function()
    with_rule("src = attr.label { allow_single_file = true }", [[
    local dir = ctx:declare_directory("gen")
    ctx:run { mnemonic = "Gen", argv = { "sh", "-c",
      "mkdir -p $0/sub; for f in $(cat $1); do echo 1 > $0/$f; done", dir, ctx.file.src },
      inputs = { ctx.file.src }, outputs = { dir } }
    local names = ctx:glob_dir(dir, "**/*.txt")
    return { DefaultInfo { files = { ctx:write("names", table.concat(names, " ")) } } }]],
      't.r { name = "x", src = "in" }', { ["p/in"] = "a.txt sub/b.txt c.bin" })
    space:ok "build //p:x"
    assert.are.equal("a.txt sub/b.txt", space:read "sky-out/bin/p/names")
    space:write { ["p/in"] = "c.txt sub/d.txt" }
    space:ok "build //p:x"
    assert.are.equal("c.txt sub/d.txt", space:read "sky-out/bin/p/names")
  end)

  it("ask for targets by name, and say where when there is none", function()
    with_rule("names = attr.string_list {}", [[
    local out = {}
    for _, dep in ipairs(ctx:await(ctx.attr.names)) do
      for _, f in ipairs(dep.files:to_list()) do out[#out + 1] = f.path end
    end
    return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", out) } } }]],
      'filegroup { name = "g", srcs = { "a.c" } }\nt.r { name = "x", names = { ":g", "a.c" } }\n'
      .. 't.r { name = "y", names = { "//q:z" } }', { ["p/a.c"] = "" })
    space:ok "build //p:x"
    assert.are.equal("p/a.c\np/a.c\n", space:read "sky-out/bin/p/x.txt")
    local err = space:fails "build //p:y"
    assert.is_truthy(err:find("//tools/r.lua:6", 1, true), err)
    assert.is_truthy(err:find("called from //p/BUILD.lua:4", 1, true), err)
  end)
end)

describe("private attributes", function()
  it("bring tools of the library's own package", function()
    new {
      ["tools/r.lua"] = [[
local r = rule {
  attrs = { _tool = attr.label { default = "tool.sh", allow_files = true, executable = true },
    _gen = attr.label { default = ":gen" } },
  impl = function(ctx)
    local out = ctx:declare_file("out")
    ctx:run { argv = { ctx.executable._tool, ctx.file._gen, out }, inputs = { ctx.file._gen },
      outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
}
return { r = r }]],
      ["tools/BUILD.lua"] = "genrule { name = 'gen', outs = { 'g' }, cmd = 'echo g > $(out)' }",
      ["tools/tool.sh"] = "#!/bin/sh\ncat $1 $1 > $2\n",
      ["BUILD.lua"] = 'local t = load "//tools/r.lua"\nt.r { name = "x" }',
    }
    space:ok "build //:x"
    assert.are.equal("g\ng\n", space:read "sky-out/bin/out")
    space:write { ["BUILD.lua"] = 'load("//tools/r.lua").r { name = "x", _tool = "a" }' }
    assert.is_truthy(space:fails("build //:x"):find("has no attribute '_tool'", 1, true))
  end)
end)

describe("node_function", function()
  it("gives a library keys of its own, computed anew when what they read changes", function()
    with_rule("file = attr.string {}", [[
    local n = ctx:get(words(ctx.attr.file))
    return { DefaultInfo { files = { ctx:write("n", tostring(n)) } } }]],
      't.r { name = "x", file = "doc.txt" }', { ["doc.txt"] = "a b c\n" })
    local text = space:read "tools/r.lua"
    space:write { ["tools/r.lua"] = [[
local words = node_function("WORDS", function(ctx, path)
  local n = 0
  for _ in (ctx:read(path) or ""):gmatch("%S+") do n = n + 1 end
  return n
end)
]] .. text }
    space:ok "build //p:x"
    assert.are.equal("3", space:read "sky-out/bin/p/n")
    space:write { ["doc.txt"] = "a b c d\n" }
    space:ok "build //p:x"
    assert.are.equal("4", space:read "sky-out/bin/p/n")
    space:write { ["doc.txt"] = "d c b a\n" }
    assert.are.equal(0, #space:ok("build //p:x").actions)
  end)
end)

describe("repositories", function()
  it("may lie beside the workspace, and are named from there", function()
    new { ["WORKSPACE.lua"] = 'repo.path { name = "x", path = "../x" }',
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "a.c" }, deps = { "@x//lib:c" } }',
      ["a.c"] = '#include "lib/c.h"\n#include "lib/made.h"\nint main(void) { return c() - MADE; }',
      ["../x/WORKSPACE.lua"] = "", ["../x/sky-out/bin/lib/old.c"] = "int c(void);",
      ["../x/lib/c.c"] = '#include "lib/c.h"\nint c(void) { return 7; }\n',
      ["../x/lib/c.h"] = "int c(void);\n", ["../x/lib/p.h"] = "",
      ["../x/lib/BUILD.lua"] = [[
genrule { name = "gen", outs = { "made.h" }, cmd = "echo '#define MADE 7' > $(out)" }
cc_library { name = "c", srcs = glob { "**/*.c" }, hdrs = { "c.h", "made.h" },
  visibility = { "//visibility:public" } }]] }
    space:ok "build //..."
    space:sh "sky-out/bin/app"
    space:sh "! grep -rq $PWD sky-out/state/graph* sky-out/bin"
    -- as a whole elsewhere: nothing is done again
    space:sh "mkdir ../moved && mv ../x ../moved/x && mv ../ws ../moved/ws"
    space.dir = space.top .. "/moved/ws"
    assert.are.equal(0, #space:ok("build //...").actions)
    space:write { ["../x/lib/c.h"] = "int c(void); /* a comment */\n" }
    assert.are.equal("CC 2", events.what(space:ok "build //..."))
    space:write { ["../x/lib/c.c"] = '#include "p.h"\nint c(void) { return 7; }\n' }
    local err = space:fails "build //..."
    assert.is_truthy(err:find("reads '../x/lib/p.h', which it does not declare", 1, true), err)
  end)

  it("lend rules and targets", function()
    new {
      ["WORKSPACE.lua"] = 'repo.path { name = "rules_x", path = "third_party/x" }',
      ["third_party/x/WORKSPACE.lua"] = "",
      ["third_party/x/lib/x.lua"] = "local y = load \"//lib/y.lua\"\n"
        .. "local r = rule { impl = function(ctx) return DefaultInfo { files = { "
        .. "ctx:write(ctx.name .. '.x', y.text) } } end }\nreturn { r = r }",
      ["third_party/x/lib/y.lua"] = 'return { text = "from x" }',
      ["third_party/x/lib/BUILD.lua"] = [[
cc_library { name = "c", srcs = { "c.c" }, hdrs = { "c.h" },
  visibility = { "//visibility:public" } }]],
      ["third_party/x/lib/c.c"] = "#include \"lib/c.h\"\nint c(void) { return 0; }\n",
      ["third_party/x/lib/c.h"] = "int c(void);\n",
      ["BUILD.lua"] = 'local x = load "@rules_x//lib/x.lua"\nx.r { name = "t" }\n'
        .. 'cc_binary { name = "app", srcs = { "a.c" }, deps = { "@rules_x//lib:c" } }',
      ["a.c"] = "int c(void);\nint main(void) { return c(); }\n",
    }
    space:ok "build //..."
    assert.are.equal("from x", space:read "sky-out/bin/t.x")
    space:sh "sky-out/bin/app"
    space:write { ["BUILD.lua"] = 'local x = load "@rules_y//lib/x.lua"' }
    local err = space:fails "build //..."
    assert.is_truthy(err:find("no repository '@rules_y'", 1, true), err)
  end)
end)

describe("what runs again", function()
  local function evaluated(r)
    return r.finished.nodes.evaluated
  end

  it("is no rule, when a target just moves in its BUILD.lua", function()
    local text = ""
    for i = 1, 50 do
      text = text .. ("genrule { name = 'g%d', outs = { 'o%d' }, cmd = 'echo > $(out)' }\n"):format(
        i, i)
    end
    new { ["BUILD.lua"] = text }
    space:ok "build //..."
    space:write { ["BUILD.lua"] = "-- a comment\n" .. text }
    local r = space:ok "build //..."
    assert.are.equal(0, #r.actions)
    -- the projection of each target, the package, and its files: nothing per rule
    assert.is_true(evaluated(r) <= 50 + 10, "evaluated " .. evaluated(r))
  end)
end)
