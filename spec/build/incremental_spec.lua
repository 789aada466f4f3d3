--- What a second build runs after this or that change.
local space = require "spec.support.space"

after_each(space.close_all)

local FILES = {
  ["BUILD.lua"] = [[
cc_library { name = "greet", srcs = { "greet.c" }, hdrs = { "greet.h" } }
cc_binary { name = "hello", srcs = { "main.c" }, deps = { ":greet" } }
]],
  ["greet.h"] = "const char *greet(void);\n",
  ["greet.c"] = '#include "greet.h"\nconst char *greet(void) { return "hi"; }\n',
  ["main.c"] = [[
#include <stdio.h>
#include "greet.h"
int main(void) { puts(greet()); return 0; }
]],
}

local function hello()
  return space.new(FILES):built()
end

local function mnemonics(build)
  local counts = {}
  for _, name in ipairs(build.ran) do
    local m = name:match("^%S+")
    counts[m] = (counts[m] or 0) + 1
  end
  return counts
end

describe("a second build", function()
  it("runs nothing, and enters no Lua function, when nothing changed", function()
    local s = hello()
    assert.equal("hi\n", s:run "sky-out/bin/hello")
    local again = s:build()
    assert.same({}, again.ran)
    assert.equal(0, again.finished.nodes.evaluated)
    assert.equal(4, again.finished.actions.up_to_date)
  end)

  it("enters no Lua function although what it rests on was once in doubt", function()
    -- a large package, so that the state is written whole when it was loaded again
    local build = { 'genrule { name = "b", outs = { "b" }, cmd = "echo > $(out)" }\n',
      'genrule { name = "a", srcs = { "s" }, outs = { "a" }, cmd = "cp $(in) $(out)" }\n' }
    for i = 1, 100 do build[#build + 1] = ('filegroup { name = "filler%d" }\n'):format(i) end
    local s = space.new { ["BUILD.lua"] = table.concat(build), s = "1\n" }:built "//:a //:b"
    s:append("BUILD.lua", 'filegroup { name = "more" }\n'):built "//:b"
    s:write { s = "2\n" }:built "//:a"
    assert.equal(0, s:build("//:a").finished.nodes.evaluated)
    assert.equal(0, s:build("//:a").finished.nodes.evaluated)
  end)

  it("does not write the state when nothing changed", function()
    local s = hello()
    -- a second later, so that no file is as young as our look at it
    local later = 'SKYLUA_FAKE_CLOCK=1000000000 "$SKYLUA" build 2> /dev/null'
    local function stamp() return s:run "stat -c %s.%y.%i sky-out/state/graph.log" end
    s:sh(later)
    local before = stamp()
    s:sh(later)
    assert.equal(before, stamp())
  end)

  it("stops at the object when a comment changed", function()
    local s = hello():append("main.c", "/* hm */\n")
    assert.same({ CC = 1 }, mnemonics(s:build()))
    assert.same({}, s:build().ran)
  end)

  it("compiles and links when the program changed", function()
    local s = hello():append("greet.c", "int more = 1;\n")
    assert.same({ CC = 1, AR = 1, LINK = 1 }, mnemonics(s:build()))
  end)

  it("compiles who includes a header that changed", function()
    local s = hello():append("greet.h", "#define MORE 1\n")
    local r = s:build()
    assert.equal(2, mnemonics(r).CC)
    assert.equal(nil, mnemonics(r).LINK)
  end)

  it("runs nothing when files were only touched", function()
    local s = hello()
    s:run "touch main.c greet.c greet.h BUILD.lua"
    assert.same({}, s:build().ran)
  end)

  it("sees an edit of the same size with the old mtime", function()
    local s = hello()
    s:run 'touch -r greet.c ../ref && sed -i "s/hi/ho/" greet.c && touch -r ../ref greet.c'
    s:built()
    assert.equal("ho\n", s:run "sky-out/bin/hello")
  end)

  it("restores an output that was edited or removed by hand", function()
    local s = hello()
    s:run "echo junk > sky-out/bin/hello"
    assert.same({ "LINK hello" }, s:build().restored)
    assert.equal("hi\n", s:run "sky-out/bin/hello")
    s:remove "sky-out/bin/hello"
    assert.same({ LINK = 1 }, mnemonics(s:build "--cache=off"))
    assert.same({}, s:build().ran)
  end)

  it("runs no action when a line of BUILD.lua moved", function()
    local s = hello():write { ["BUILD.lua"] = "-- moved\n\n" .. FILES["BUILD.lua"] }
    local r = s:build()
    assert.same({}, r.ran)
  end)

  it("runs only what another command line touches", function()
    local s = hello()
    local text = FILES["BUILD.lua"]:gsub('"greet.h" }', '"greet.h" }, local_defines = { "X=1" }')
    s:write { ["BUILD.lua"] = text }
    local r = s:build()
    assert.same({ CC = 1 }, mnemonics(r))
    for _, ev in ipairs(r.events) do
      if ev.event == "action" then
        assert.equal("flag added: -DX=1; file changed: BUILD.lua", ev.reason)
      end
    end
  end)

  it("links anew when a library is no longer asked for", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c", "b.c" } }',
      ["a.c"] = "int main(void) { return 0; }\n", ["b.c"] = "int b;\n",
    }:built()
    s:write { ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" } }' }
    assert.same({ LINK = 1 }, mnemonics(s:build()))
  end)

  it("tracks the environment that a genrule names, and no other", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", outs = { "g.txt" }, env = { "WHO" },'
        .. ' cmd = "echo $WHO > $(out)" }',
    }
    local function build(env)
      local _, out = s:sh(env .. ' "$SKYLUA" build --json')
      return select(2, out:gsub('"event":"action"', ""))
    end
    assert.equal(1, build "WHO=me")
    assert.equal("me\n", s:read "sky-out/bin/g.txt")
    assert.equal(0, build "WHO=me OTHER=1")
    assert.equal(1, build "WHO=you")
    assert.equal("you\n", s:read "sky-out/bin/g.txt")
    assert.equal(1, build "unset WHO;")
    assert.equal("\n", s:read "sky-out/bin/g.txt")
  end)

  it("runs an action whose input lost or got its exec bit", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", srcs = { "a.sh" }, outs = { "g" },'
        .. ' cmd = "cp $(in) $(out)" }',
      ["a.sh"] = "echo\n",
    }:built()
    s:run "chmod +x a.sh"
    assert.equal(1, #s:build().ran)
  end)

  it("sees a symlink that points elsewhere now", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", srcs = { "l" }, outs = { "g" },'
        .. ' cmd = "cat $(in) > $(out)" }',
      ["one"] = "1\n", ["two"] = "2\n",
    }
    s:run "ln -s one l"
    s:built()
    s:run "ln -sf two l"
    s:built()
    assert.equal("2\n", s:read "sky-out/bin/g")
  end)

  it("picks up a file that a glob matches now, and drops one that is gone", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", srcs = { glob { "*.txt" } }, outs = { "g" },'
        .. ' cmd = "cat $(in) > $(out)" }',
      ["a.txt"] = "a\n",
    }:built()
    s:write { ["b.txt"] = "b\n" }
    s:built()
    assert.equal("a\nb\n", s:read "sky-out/bin/g")
    s:remove "a.txt"
    s:built()
    assert.equal("b\n", s:read "sky-out/bin/g")
    s:write { ["c.md"] = "c\n" }
    assert.same({}, s:build().ran)
  end)

  it("goes back and forth between configurations without running", function()
    local s = hello()
    s:built "-c debug"
    assert.same({}, s:build().ran)
    assert.same({}, s:build("-c debug").ran)
  end)
end)

describe("every number of evaluators and jobs", function()
  it("makes the same bytes, and a no-op of the same size", function()
    local sums, nodes = {}, {}
    local all = { "--evaluators=0", "--evaluators=1", "--evaluators=2 -j8", "--evaluators=4" }
    for i, flags in ipairs(all) do
      local s = space.new(FILES):built(flags)
      sums[i] = s:run "cd sky-out/bin && find . -type f | LC_ALL=C sort | xargs sha256sum"
      nodes[i] = s:build(flags).finished.nodes
    end
    for i = 2, 4 do
      assert.equal(sums[1], sums[i])
      assert.same(nodes[1], nodes[i])
    end
  end)
end)

describe("another version of skylua's own Lua", function()
  it("evaluates its nodes again, and runs no action when they say the same", function()
    local s = hello()
    s:run "mkdir ../sky"
    s:run(("cp -r %s/lua %s/rules ../sky/"):format(os.getenv "PWD", os.getenv "PWD"))
    local function build()
      local exit, out = s:sh 'SKYLUA_LUA=$PWD/../sky "$SKYLUA" build --json'
      assert.equal(0, exit)
      return tonumber(out:match '"executed":(%d+)'), tonumber(out:match '"evaluated":(%d+)')
    end
    build()
    s:run "echo '-- another version' >> ../sky/lua/nodes/package.lua"
    local ran, evaluated = build()
    assert.equal(0, ran)
    assert.is_true(evaluated > 0)
    ran, evaluated = build()
    assert.equal(0, ran)
    assert.equal(0, evaluated)
  end)
end)

describe("a compiler's warning", function()
  it("is shown again while the object is up to date", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" }, copts = { "-Wall" } }',
      ["a.c"] = "int main(void) { int unused; return 0; }\n",
    }
    assert.equal(1, select(2, s:build().stderr:gsub("unused variable", "")))
    local again = s:build()
    assert.same({}, again.ran)
    assert.equal(1, select(2, again.stderr:gsub("unused variable", "")))
    assert.equal("warning", again.messages[1].level)
    assert.equal("//:a", again.messages[1].label)
  end)
end)

describe("a target with hundreds of actions", function()
  it("makes each output by its own action, and one again when it is gone", function()
    local s = space.new {
      ["many.lua"] = [[
return { many = rule { attrs = { srcs = attr.label_list { allow_files = true } },
  impl = function(ctx)
    local outs, all = {}, depset(ctx.files.srcs)
    for i = 1, 200 do
      outs[i] = ctx:declare_file("o" .. i)
      ctx:run { argv = { "sh", "-c", "echo " .. i .. " > $1", "sh", outs[i] },
        inputs = { all }, outputs = { outs[i] }, mnemonic = "N" }
    end
    return { DefaultInfo { files = outs } }
  end } }
]],
      ["BUILD.lua"] = 'load "//many.lua".many { name = "m", srcs = { "a" } }', a = "a\n",
    }:built()
    for _, i in ipairs { 1, 2, 63, 64, 65, 66, 128, 199, 200 } do
      assert.equal(i .. "\n", s:read("sky-out/bin/o" .. i))
    end
    s:run "rm sky-out/bin/o150"
    assert.same({ "N o150" }, s:build("--cache=off").ran)
    assert.equal("150\n", s:read "sky-out/bin/o150")
  end)
end)
