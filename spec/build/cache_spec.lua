--- The local cache: what was made once is restored, and nothing that is damaged is believed.
local root = require("spec.support.events").root
local space = require "spec.support.space"

after_each(space.close_all)

local FILES = {
  ["BUILD.lua"] = [[
cc_binary { name = "app", srcs = { "main.c" }, deps = { ":lib" } }
cc_library { name = "lib", srcs = { "lib.c" }, hdrs = { "lib.h" } }
genrule { name = "text", srcs = { "a" }, outs = { "t" }, cmd = "cp $(in) $(out); echo said" }
]],
  ["main.c"] = '#include "lib.h"\nint main(void) { return f() - 7; }\n',
  ["lib.c"] = '#include "lib.h"\nint f(void) { return 7; }\n',
  ["lib.h"] = "int f(void);\n",
  a = "1\n",
}

---@param files? table<string, string>
---@return Space
local function app(files)
  return space.new(files or FILES):built()
end

--- All that was done came out of the cache.
---@param r Build
---@param names string[]  in any order
local function restores(r, names)
  names = { table.unpack(names) }
  table.sort(names)
  table.sort(r.restored)
  assert.equal(0, r.exit, r.stderr)
  assert.same({}, r.ran)
  assert.same(names, r.restored)
  assert.equal(#names, r.finished.actions.restored)
end

local ALL = { "CC _objs/app/main.c.o", "CC _objs/lib/lib.c.o", "AR liblib.a", "LINK app",
  "Genrule t" }

--- The files of the cache whose names end so.
---@param s Space
---@param ending string
---@return string[]
local function files(s, ending)
  local list = {}
  for path in s:run(("find ../cache/skylua -type f -name '*%s' | sort"):format(ending))
    :gmatch "[^\n]+" do
    list[#list + 1] = path
  end
  return list
end

describe("the local cache", function()
  it("restores what was deleted: sky-out/bin, and all of sky-out", function()
    local s = app()
    s:remove "sky-out/bin"
    restores(s:build(), ALL)
    assert.equal(0, (s:sh "sky-out/bin/app"))
    assert.same({}, s:build().restored)
    assert.equal(0, s:skylua("clean").exit)
    restores(s:build(), ALL)
    assert.equal(0, (s:sh "sky-out/bin/app"))
  end)

  it("says why, and that it was restored", function()
    local s = app():remove "sky-out/bin/t"
    local r = s:build()
    for _, ev in ipairs(r.events) do
      if ev.event == "action" then
        assert.equal("restored", ev.status)
        assert.equal("output missing: sky-out/bin/t", ev.reason)
        assert.equal(0, ev.exit)
      end
    end
    assert.is_truthy(r.stderr:find("(restored)", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("(0 actions, 1 restored, 4 up to date)", 1, true), r.stderr)
  end)

  it("shows again what a command said", function()
    local s = app():remove "sky-out"
    assert.is_truthy(s:build().stderr:find("said\n", 1, true))
    local quiet = s:build()
    assert.same({}, quiet.restored)
    assert.is_truthy(quiet.stderr:find("said", 1, true))
  end)

  it("19: going back to an earlier state runs nothing", function()
    local s = app()
    s:write { ["lib.h"] = "#define X 1\nint f(void);\n", a = "2\n" }
    assert.same({ "CC _objs/app/main.c.o", "CC _objs/lib/lib.c.o", "Genrule t" }, (function()
      local ran = s:build().ran
      table.sort(ran)
      return ran
    end)())
    s:write { ["lib.h"] = FILES["lib.h"], a = FILES.a }
    restores(s:build(), { ALL[1], ALL[2], ALL[5] })
    s:write { ["lib.h"] = "#define X 1\nint f(void);\n", a = "2\n" }
    restores(s:build(), { ALL[1], ALL[2], ALL[5] })
    assert.equal("2\n", s:read "sky-out/bin/t")
  end)

  it("knows which headers a command read, also those of earlier states", function()
    local s = app()
    s:write { ["main.c"] = '#include "more.h"\n' .. FILES["main.c"], ["more.h"] = "#define M 1\n",
      ["BUILD.lua"] = FILES["BUILD.lua"]:gsub('hdrs = { "lib.h" }', 'hdrs = glob { "*.h" }') }
    assert.equal(0, s:build().exit)
    s:write { ["more.h"] = '#include "third.h"\n', ["third.h"] = "#define M 2\n" }
    assert.equal(0, s:build().exit)
    -- the same first fingerprint, other headers
    s:write { ["more.h"] = "#define M 1\n" }
    restores(s:build(), { ALL[1] })
    s:write { ["more.h"] = '#include "third.h"\n' }
    restores(s:build(), { ALL[1] })
    s:write { ["third.h"] = "#define M 3\n" }
    assert.same({ ALL[1] }, s:build().ran)
  end)

  it("does not restore past a header that hides the one that was read", function()
    local s = app {
      ["BUILD.lua"] = 'cc_binary { name = "app", srcs = { "main.c" }, includes = { "x", "y" },\n'
        .. '  hdrs = glob { "*/*.h" } }\n',
      ["main.c"] = '#include "h.h"\nint main(void) { return H; }\n',
      ["y/h.h"] = "#define H 0\n",
    }
    s:write { ["x/h.h"] = "#define H 3\n" }:remove "sky-out"
    assert.same({ "CC _objs/app/main.c.o", "LINK app" }, s:build().ran)
    assert.equal(3, (s:sh "sky-out/bin/app"))
    s:remove("x"):remove "sky-out"
    restores(s:build(), { "CC _objs/app/main.c.o", "LINK app" })
    assert.equal(0, (s:sh "sky-out/bin/app"))
  end)

  it("is shared by workspaces, wherever they lie", function()
    local s = app()
    s:run "mkdir -p '../else where' && cp -r . '../else where/deeper' && rm -rf ../*/deeper/sky-out"
    local there = s:command("build", "-C '../else where/deeper'")
    restores(there, ALL)
    -- all but the generated header, which is the same in every mode
    assert.equal(4, #s:build("-c debug").ran)
    local debug = s:build "-c debug -C '../else where/deeper'"
    assert.same({ {}, 4 }, { debug.ran, #debug.restored })
    assert.equal(0, (s:sh "../else*/deeper/sky-out/bin-debug/app"))
  end)

  for _, name in ipairs { "library", "generated", "dynamic" } do
    it("has nothing of the workspace's place in it: examples/" .. name, function()
      local s = space.new()
      for _, dir in ipairs { "one", "a/deeper place" } do
        s:run(("mkdir -p '%s' && cp -r '%s/examples/%s/.' '%s' && rm -rf '%s/sky-out'"):format(dir,
          root, name, dir, dir))
      end
      local first = s:test("-c debug //...", "one")
      assert.is_true(#first.ran > 3)
      local second = s:test("-c debug //...", "a/deeper place")
      assert.same({ {}, #first.ran }, { second.ran, #second.restored }, second.stderr)
      assert.equal("", s:run "grep -rl \"$PWD\" */sky-out/bin* */*/sky-out/bin* || true")
    end)
  end

  it("serves builds that run at the same time", function()
    local s = app()
    s:run "for i in 1 2 3; do mkdir ../$i; cp -r . ../$i; rm -r ../$i/sky-out; done; rm -r ../cache"
    for _ = 1, 2 do
      s:run [[for i in 1 2 3; do "$SKYLUA" build -q -C ../$i & pids="$pids $!"; done
        for p in $pids; do wait $p || exit 1; done
        for i in 1 2 3; do ../$i/sky-out/bin/app || exit 1; rm -r ../$i/sky-out; done]]
    end
    restores(s:build "-C ../2", ALL)
  end)

  it("restores exec bits, symlinks and directories as they were", function()
    local s = app { ["BUILD.lua"] = [[
local tree = rule { impl = function(ctx)
  local dir, link = ctx:declare_directory "d", ctx:declare_file "l"
  ctx:run { mnemonic = "Tree", outputs = { dir, link }, argv = { "sh", "-c",
    "mkdir -p $0/sub/empty; echo a > $0/a; echo b > $0/sub/b; chmod +x $0/sub/b; "
    .. "ln -s ../a $0/sub/l; head -c 100000 /dev/zero > $0/sub/big; ln -s d/a $1", dir, link } }
  return { DefaultInfo { files = { dir, link } } }
end }
tree { name = "t" }
]] }
    local list = "cd sky-out/bin && find . -printf '%p %y %l\n' | sort; test -x d/sub/b && "
      .. "test ! -x d/a && cksum < d/sub/big && cat l"
    local before = s:run(list)
    s:remove "sky-out"
    restores(s:build(), { "Tree d" })
    assert.equal(before, s:run(list))
    s:run "echo more > sky-out/bin/d/sub/new"
    restores(s:build(), { "Tree d" })
    assert.equal(before, s:run(list))
  end)

  it("restores what is made without a command, too", function()
    local s = app { ["BUILD.lua"] = [[
local make = rule { impl = function(ctx)
  local w = ctx:write("w", "text\n", { executable = true })
  local c = ctx:copy(w, "c")
  return { DefaultInfo { files = { w, c, ctx:symlink(c, "l") } } }
end }
make { name = "m" }
]] }
    s:remove "sky-out"
    local r = s:build()
    assert.same({ {}, 3 }, { r.ran, #r.restored })
    assert.equal("text\ntext\ntext\n", s:run "cat sky-out/bin/w sky-out/bin/c sky-out/bin/l")
    assert.equal(0, (s:sh "test -x sky-out/bin/w"))
  end)

  it("keeps tests that passed, and no others", function()
    local s = space.new { ["BUILD.lua"] = 'sh_test { name = "good", srcs = { "good.sh" } }\n'
      .. 'sh_test { name = "bad", srcs = { "bad.sh" } }\n',
      ["good.sh"] = "#!/bin/sh\necho fine\n", ["bad.sh"] = "#!/bin/sh\nexit 1\n" }
    s:run "chmod +x *.sh"
    assert.equal(3, s:test("-k").exit)
    s:remove "sky-out"
    local r = s:test "-k"
    assert.equal(3, r.exit)
    assert.is_true(r.tests["//:good"].cached)
    assert.equal("passed", r.tests["//:good"].status)
    assert.is_false(r.tests["//:bad"].cached)
    assert.equal("fine\n", s:read(r.tests["//:good"].log))
  end)

  it("runs a test that failed, though it had passed before", function()
    local s = space.new { ["BUILD.lua"] = 'sh_test { name = "t", srcs = { "t.sh" } }\n',
      ["t.sh"] = "" }
    s:write { ["t.sh"] = ("#!/bin/sh\ntest ! -e %s\n"):format(s.base .. "/bad") }
    s:run "chmod +x t.sh"
    assert.equal(0, s:test().exit)
    s:run "touch ../bad; rm -r sky-out/log"
    -- the log alone is gone: the same pass is restored
    assert.is_true(s:test().tests["//:t"].cached)
    s:remove "sky-out"
    assert.equal(3, s:test "--cache=off".exit)
    assert.equal(3, s:test().exit)
  end)

  it("keeps nothing of an action that failed", function()
    local s = space.new { a = "1\n", ["BUILD.lua"] = 'genrule { name = "g", srcs = { "a" }, '
      .. 'outs = { "g" }, cmd = "cp $(in) $(out); exit 1" }' }
    assert.same({ "Genrule g" }, s:build().failed)
    s:remove "sky-out"
    local r = s:build()
    assert.same({ { "Genrule g" }, {} }, { r.failed, r.restored })
  end)

  it("is not changed by what is done to a file that was restored", function()
    local s = app { ["BUILD.lua"] = 'genrule { name = "g", outs = { "g" }, '
      .. 'cmd = "head -c 100000 /dev/zero > $(out)" }' }
    local sum = s:run "cksum < sky-out/bin/g"
    for _ = 1, 2 do
      s:run "echo damage >> sky-out/bin/g; chmod +w sky-out/bin/g"
      restores(s:build(), { "Genrule g" })
      assert.equal(sum, s:run "cksum < sky-out/bin/g")
    end
    assert.equal("444\n", s:run "find ../cache/skylua/v1/blobs -type f -exec stat -c %a {} +")
  end)
end)

describe("what is wrong with the cache", function()
  local BIG = { a = "1\n", ["BUILD.lua"] = 'genrule { name = "g", srcs = { "a" }, outs = { "g" }, '
    .. 'cmd = "cat $(in) > /dev/null; yes | head -c 100000 > $(out)" }' }

  --- Damages the cache, and builds anew: all must run, be right, and be kept again.
  ---@param command string  for the shell; $f is the file
  ---@param ending string
  local function damaged(command, ending)
    local s = app(BIG)
    local sum = s:run "cksum < sky-out/bin/g"
    for _, path in ipairs(files(s, ending)) do s:run(("f=%s; %s"):format(path, command)) end
    s:remove "sky-out"
    local r = s:build()
    assert.equal(0, r.exit, r.stderr)
    assert.same({ "Genrule g" }, r.ran)
    assert.equal(sum, s:run "cksum < sky-out/bin/g")
    s:remove "sky-out"
    restores(s:build(), { "Genrule g" })
    assert.equal(sum, s:run "cksum < sky-out/bin/g")
  end

  local BLOB = "[0-9a-f][0-9a-f][0-9a-f]"
  local CASES = {
    { "a flipped byte of a blob", "chmod +w $f; printf X | dd of=$f bs=1 seek=777 conv=notrunc",
      BLOB },
    { "a blob cut short", "chmod +w $f; truncate -s 1000 $f", BLOB },
    { "an empty blob", "chmod +w $f; : > $f", BLOB },
    { "a blob that is gone", "rm $f", BLOB },
    { "a directory for a blob", "rm $f; mkdir -p $f/x; touch $f/x/y", BLOB },
    { "a symlink for a blob", "mv $f $f.x; ln -s $f.x $f", BLOB },
    { "a blob that may not be read", "chmod 0 $f", BLOB },
    { "a flipped byte of a result", "printf X | dd of=$f bs=1 seek=60 conv=notrunc", ".log" },
    { "a log cut short", "truncate -s 50 $f", ".log" },
    { "an empty log", ": > $f", ".log" },
    { "a log of another kind", "seq 1000 > $f", ".log" },
    { "an index that is gone", "rm $f", ".index" },
    { "an index of nonsense", "yes ABCDEFG | head -c 9000000 > $f", ".index" },
  }
  for _, case in ipairs(CASES) do
    it(("costs a run and no more: %s"):format(case[1]), function()
      damaged(("{ %s; } 2> /dev/null"):format(case[2]), case[3])
    end)
  end

  it("turns it off with one line when its place cannot be a directory", function()
    local s = space.new(BIG):write { file = "" }
    local r = s:build "--cache=file/x"
    assert.equal(0, r.exit, r.stderr)
    assert.same({ "Genrule g" }, r.ran)
    local _, lines = r.stderr:gsub("skylua: the cache [^\n]*/file/x is not used: [^\n]*\n", "")
    assert.equal(1, lines, r.stderr)
  end)

  it("lets the build go on with one line when nothing can be added", function()
    local s = app(BIG)
    s:run "rm -r ../cache/skylua/v1/blobs; touch ../cache/skylua/v1/blobs"
    local r = s:write({ a = "2\n" }):build()
    assert.equal(0, r.exit, r.stderr)
    assert.same({ "Genrule g" }, r.ran)
    local _, lines = r.stderr:gsub("skylua: the cache [^\n]* got nothing more: [^\n]*\n", "")
    assert.equal(1, lines, r.stderr)
  end)

  it("lets the build go on with one line when the disk is full", function()
    local rules = {}
    for n = 1, 4 do
      rules[n] = ('genrule { name = "g%d", outs = { "g%d" }, cmd = "echo %d > $(out)" }\n')
        :format(n, n, n)
    end
    local s = space.new { ["BUILD.lua"] = table.concat(rules) }
    -- no file may grow beyond 100 KiB: most places in the index lie further behind
    local exit, _, err = s:sh 'ulimit -f 200; "$SKYLUA" build'
    assert.equal(0, exit, err)
    local _, lines = err:gsub("skylua: the cache [^\n]* got nothing more: cannot write", "")
    assert.equal(1, lines, err)
    assert.equal("1\n4\n", s:run "cat sky-out/bin/g1 sky-out/bin/g4")
    s:remove "sky-out"
    assert.equal(0, s:build().exit)
  end)

  it("is said in one line when nobody says where it should be", function()
    local s = space.new(BIG)
    local function build(words)
      local _, _, err = s:sh('unset XDG_CACHE_HOME HOME; "$SKYLUA" build ' .. words)
      return err
    end
    assert.is_truthy(build(""):find("skylua: there is no cache: XDG_CACHE_HOME", 1, true))
    assert.is_nil(build("--cache=off"):find("there is no cache", 1, true))
    local _, _, err = s:sh 'unset XDG_CACHE_HOME; HOME=$PWD/none "$SKYLUA" build'
    assert.is_truthy(err:find("there is no cache", 1, true), err)
    assert.is_false(s:exists "none")
    s:run 'unset XDG_CACHE_HOME; mkdir home; HOME=$PWD/home "$SKYLUA" build --cache=off'
    assert.is_false(s:exists "home/.cache")
    s:run 'unset XDG_CACHE_HOME; rm -r sky-out; HOME=$PWD/home "$SKYLUA" build'
    assert.is_true(s:exists "home/.cache/skylua/v1")
  end)

  it("is wrong use when its size is none", function()
    local s = space.new(BIG)
    for _, size in ipairs { "0", "x", "10 G", "-1", "1E", "" } do
      local exit, _, err = s:sh(("SKYLUA_CACHE_SIZE='%s' \"$SKYLUA\" build"):format(size))
      assert.equal(2, exit)
      assert.is_truthy(err:find("SKYLUA_CACHE_SIZE is not a size", 1, true), err)
    end
    assert.equal(2, s:build("--cache=").exit)
  end)
end)

describe("--cache", function()
  it("=off keeps nothing and asks for nothing", function()
    local s = app()
    s:remove "sky-out"
    assert.equal(5, #s:build("--cache=off").ran)
    s:run "rm -rf sky-out ../cache"
    assert.equal(5, #s:build("--cache=off").ran)
    assert.equal("", s:run "ls -d ../cache 2> /dev/null || true")
  end)

  it("=DIR is relative to where the user stands", function()
    local s = space.new(FILES)
    s:run "mkdir sub"
    assert.equal(0, s:build("--cache=../mine //...", "sub").exit)
    assert.is_true(s:exists "mine/v1")
    assert.is_true(s:exists "mine/CACHEDIR.TAG")
    s:remove "sky-out"
    restores(s:build "--cache=mine", ALL)
  end)
end)

describe("the size of the cache", function()
  ---@param n integer
  local function large(n)
    return ('genrule { name = "g%d", outs = { "g%d" }, cmd = "head -c 100000 /dev/zero | tr '
      .. "'\\\\0' %s > $(out)\" }\n"):format(n, n, string.char(96 + n))
  end

  it("is kept: what was used longest ago goes", function()
    local all = {}
    for n = 1, 8 do all[n] = large(n) end
    local s = space.new { ["BUILD.lua"] = table.concat(all) }
    assert.equal(8, #s:build("--cache=../big").ran)
    s:run "mkdir -p ../cache; mv ../big ../cache/skylua"
    -- all are old; the first two are used, which is noted
    s:run "find ../cache/skylua/v1/blobs -type f -exec touch -d 2020-01-01 {} +"
    s:remove("sky-out/bin/g1"):remove "sky-out/bin/g2"
    restores(s:build(), { "Genrule g1", "Genrule g2" })
    s:append("BUILD.lua", large(9))
    local exit, _, err = s:sh 'rm ../cache/skylua/v1/usage; SKYLUA_CACHE_SIZE=950K "$SKYLUA" build'
    assert.equal(0, exit, err)
    local bytes = tonumber(s:run "cat ../cache/skylua/v1/blobs/*/* | wc -c")
    assert.is_true(bytes <= 950 * 1024 * 7 // 8, bytes)
    assert.is_true(bytes >= 400000, bytes)
    s:remove "sky-out/bin"
    local r = s:build()
    local restored = table.concat(r.restored, " ")
    for _, name in ipairs { "g1", "g2", "g9" } do
      assert.is_truthy(restored:find("Genrule " .. name, 1, true), restored)
    end
    assert.is_true(#r.ran > 0)
    assert.equal(9, #r.ran + #r.restored)
  end)

  it("is kept by the logs of results, too; what is used stays", function()
    local s = space.new { ["BUILD.lua"] = "" }
    local function many(from, to)
      local list = { 'genrule { name = "used", outs = { "used" }, cmd = "echo used > $(out)" }\n' }
      for n = from, to do
        list[#list + 1] = ('genrule { name = "n%d", outs = { "n%d" }, '):format(n, n)
          .. 'cmd = "seq 2000 > $(out)" }\n'
      end
      s:write { ["BUILD.lua"] = table.concat(list) }:remove "sky-out"
      local exit, out, err = s:sh 'SKYLUA_CACHE_SIZE=1M "$SKYLUA" build --json -j 2'
      assert.equal(0, exit, err)
      return out
    end
    many(1, 6)
    for round = 1, 4 do
      local out = many(round * 6 + 1, round * 6 + 6)
      assert.is_truthy(out:find('"restored":1,', 1, true), out:sub(-300))
    end
    local logs = files(s, ".log")
    assert.equal(2, #logs)
    assert.is_true(tonumber(s:run "cat ../cache/skylua/v1/*.log | wc -c") < 300000)
    assert.is_truthy(many(1, 6):find('"executed":6,', 1, true))
  end)
end)
