--- Every example builds, does what its README.md says, and has nothing to do the second time.

local events = require "spec.support.events"

local scratch = events.temp_dir()
local copies = 0

teardown(function() events.must("rm -rf " .. scratch) end)

--- A fresh copy of an example, without what someone may have built in it.
---@param name string
---@return string dir
local function copy(name)
  copies = copies + 1
  local dir = ("%s/%d/%s"):format(scratch, copies, name)
  events.must(("mkdir %s/%d && cp -a examples/%s %s"):format(scratch, copies, name, dir))
  events.must(("find %s -name sky-out -prune -exec rm -rf {} +"):format(dir))
  return dir
end

---@param dir string
---@param args string
---@return Outcome
local function succeed(dir, args)
  local r = events.run(dir, args)
  assert.are.equal(0, r.code, r.err)
  assert.are.equal(0, r.finished.exit)
  assert.are.equal(0, r.finished.actions.failed)
  assert.are.equal(#r.actions, r.finished.actions.executed + r.finished.actions.restored)
  return r
end

--- Builds twice; the second build must run nothing and know all actions of the first.
---@param dir string
---@return Outcome first
local function build_twice(dir)
  local first = succeed(dir, "build //...")
  assert.is_true(first.finished.actions.executed > 0)
  local second = succeed(dir, "build //...")
  assert.are.equal("", events.what(second))
  assert.are.equal(0, second.finished.actions.executed)
  assert.are.equal(0, second.finished.actions.restored)
  assert.are.equal(first.finished.actions.executed, second.finished.actions.up_to_date)
  return first
end

---@param dir string
---@param path string
---@param from string  plain text
---@param to string
local function edit(dir, path, from, to)
  local text = events.read(dir .. "/" .. path)
  local at, last = text:find(from, 1, true)
  assert.is_truthy(at, path .. " has no " .. from)
  local f = assert(io.open(dir .. "/" .. path, "wb"))
  f:write(text:sub(1, at - 1), to, text:sub(last + 1))
  f:close()
end

--- The labels of the actions that ran, each once, sorted.
---@param r Outcome
---@return string
local function who(r)
  local seen, list = {}, {}
  for _, action in ipairs(r.actions) do
    if not seen[action.label] then list[#list + 1] = action.label end
    seen[action.label] = true
  end
  table.sort(list)
  return table.concat(list, " ")
end

describe("examples/hello", function()
  local dir = copy "hello"

  it("builds with two actions, then with none", function()
    assert.are.equal("CC 1, LINK 1", events.what(build_twice(dir)))
    assert.are.equal("Hello from skylua.\n", events.must(dir .. "/sky-out/bin/hello"))
  end)

  it("runs through `skylua run`", function()
    local code, out = events.sh(("cd %s && %s run //:hello"):format(dir, events.skylua))
    assert.are.equal(0, code)
    assert.are.equal("Hello from skylua.\n", out)
  end)

  it("compiles for a comment, and links nothing", function()
    edit(dir, "hello.c", "\n\treturn 0;", " /* said */\n\treturn 0;")
    assert.are.equal("CC 1", events.what(succeed(dir, "build //...")))
  end)

  it("compiles and links for a change", function()
    edit(dir, "hello.c", "Hello", "Good day")
    assert.are.equal("CC 1, LINK 1", events.what(succeed(dir, "build //...")))
    assert.are.equal("Good day from skylua.\n", events.must(dir .. "/sky-out/bin/hello"))
  end)
end)

describe("examples/library", function()
  local dir = copy "library"
  local OUTPUT = "CIRCLE......  12.57\nSQUARE......   9.00\n"

  it("builds, then has nothing to do", function()
    assert.are.equal("AR 2, CC 7, LINK 2", events.what(build_twice(dir)))
    assert.are.equal(OUTPUT, events.must(dir .. "/sky-out/bin/app/app"))
  end)

  it("runs its test once", function()
    local r = succeed(dir, "test //...")
    assert.are.equal(1, #r.tests)
    assert.are.equal("//text:text_test", r.tests[1].label)
    assert.are.equal("passed", r.tests[1].status)
    assert.is_false(r.tests[1].cached)
    r = succeed(dir, "test //...")
    assert.are.equal("passed", r.tests[1].status)
    assert.is_true(r.tests[1].cached)
  end)

  it("compiles what includes a header with a new comment, and links nothing", function()
    events.append(dir .. "/shapes/shapes.h", "/* A comment. */\n")
    local r = succeed(dir, "build //...")
    assert.are.equal("CC 4", events.what(r))
    assert.are.equal("//app:app //shapes:shapes", who(r))
    assert.are.equal("", events.what(succeed(dir, "build //...")))
  end)

  it("builds on for a change of substance", function()
    edit(dir, "shapes/square.c", "side * side", "side * side + 1")
    local r = succeed(dir, "build //...")
    assert.are.equal("AR 1, CC 1, LINK 1", events.what(r))
    assert.are.equal("CIRCLE......  12.57\nSQUARE......  10.00\n",
      events.must(dir .. "/sky-out/bin/app/app"))
  end)

  it("fails the test when the library is wrong, and keeps saying so", function()
    edit(dir, "text/upper.c", "toupper", "tolower")
    for _ = 1, 2 do
      local r = events.run(dir, "test //...")
      assert.are.equal(3, r.code)
      assert.are.equal("failed", r.tests[1].status)
      assert.is_truthy(r.err:find("text_upper gave mixed case 1", 1, true))
    end
  end)
end)

describe("examples/generated", function()
  local dir = copy "generated"

  it("builds, then has nothing to do", function()
    local r = build_twice(dir)
    assert.are.equal(2, r.ran.Genrule)
    assert.are.equal(2, r.ran.CC)
    assert.are.equal("version 1.4.2, sum of squares 140\n",
      events.must(dir .. "/sky-out/bin/app/app"))
  end)

  it("goes from the version to the program", function()
    edit(dir, "gen/VERSION", "1.4.2", "1.5")
    assert.are.equal("CC 1, Genrule 1, LINK 1", events.what(succeed(dir, "build //...")))
    assert.are.equal("version 1.5, sum of squares 140\n",
      events.must(dir .. "/sky-out/bin/app/app"))
  end)

  it("stops where the tool comes out the same", function()
    events.append(dir .. "/gen/squares.c", "/* A comment. */\n")
    assert.are.equal("CC 1", events.what(succeed(dir, "build //...")))
  end)

  it("goes from the tool's source to the program", function()
    edit(dir, "gen/squares.c", "i * i", "i * i * i")
    assert.are.equal("CC 2, Genrule 1, LINK 2", events.what(succeed(dir, "build //...")))
    assert.are.equal("version 1.5, sum of squares 784\n",
      events.must(dir .. "/sky-out/bin/app/app"))
  end)
end)

describe("examples/custom_rule", function()
  local dir = copy "custom_rule"
  local WORDS = "Words\n=====\nA graph has nodes and edges. A node has \na key.\n\n"
  local KEYS = "Keys\n====\nA key is a name and an argument. Equal \n"
    .. "keys are the same node, so work is done \nonce.\n\n"
  local INTRO = "Introduction\n============\nRead about words and keys \nfirst. "
    .. "The rest follows from \nthem.\n\n"

  it("builds, then has nothing to do", function()
    local r = build_twice(dir)
    assert.are.equal(3, r.ran.Page)
    assert.are.equal(1, r.ran.Book)
    -- Each page once, referred ones first.
    assert.are.equal(WORDS .. KEYS .. INTRO, events.read(dir .. "/sky-out/bin/docs/manual.txt"))
  end)

  it("makes only the changed page and the book again", function()
    edit(dir, "docs/words.txt", "a key", "one key")
    assert.are.equal("Book 1, Page 1", events.what(succeed(dir, "build //...")))
    assert.is_truthy(events.read(dir .. "/sky-out/bin/docs/manual.txt"):find("one key", 1, true))
  end)

  it("sees a change of the rule", function()
    edit(dir, "tools/book.lua", "\"=\"", "\"~\"")
    local r = succeed(dir, "build //...")
    assert.are.equal(3, r.ran.Page)
    assert.is_truthy(events.read(dir .. "/sky-out/bin/docs/manual.txt"):find("~~~~~", 1, true))
  end)

  it("does nothing for a comment in the rule's file", function()
    events.append(dir .. "/tools/book.lua", "-- A comment.\n")
    assert.are.equal("", events.what(succeed(dir, "build //...")))
  end)
end)

describe("examples/dynamic", function()
  local dir = copy "dynamic"

  it("builds just the songs that the plan names", function()
    local r = succeed(dir, "build //:evening")
    assert.are.equal("//:evening //songs:moon //songs:river", who(r))
    assert.are.equal("Genrule 2, Join 1, Number 2, Plan 1", events.what(r))
    assert.are.equal("1. BLUE MOON\n2. MOON RIVER\n",
      events.read(dir .. "/sky-out/bin/evening.txt"))
    r = succeed(dir, "build //:evening")
    assert.are.equal("", events.what(r))
    assert.are.equal(6, r.finished.actions.up_to_date)
  end)

  it("stops at a plan that comes out the same", function()
    edit(dir, "wishes.txt", "moon\n", "# the same, with one more line\nmoon\n")
    assert.are.equal("Plan 1", events.what(succeed(dir, "build //:evening")))
  end)

  it("takes in a new song, and drops an old one", function()
    edit(dir, "wishes.txt", "river", "rain")
    local r = succeed(dir, "build //:evening")
    assert.are.equal("//:evening //songs:rain", who(r))
    assert.are.equal("1. BLUE MOON\n2. SINGING IN THE RAIN\n",
      events.read(dir .. "/sky-out/bin/evening.txt"))
  end)

  it("fails at a song that is not there, and recovers", function()
    edit(dir, "wishes.txt", "rain", "snow")
    local r = events.run(dir, "build //:evening")
    assert.are.equal(1, r.code)
    assert.is_truthy(r.err:find("snow", 1, true))
    edit(dir, "wishes.txt", "snow", "sun")
    succeed(dir, "build //:evening")
    assert.are.equal("1. BLUE MOON\n2. HERE COMES THE SUN\n",
      events.read(dir .. "/sky-out/bin/evening.txt"))
  end)

  it("builds all of it twice", function()
    local fresh = copy "dynamic"
    build_twice(fresh)
  end)
end)

describe("examples/rule_library", function()
  local top = copy "rule_library"
  local dir = top .. "/book"

  it("builds, then has nothing to do", function()
    assert.are.equal("Count 2, Genrule 1, Total 1", events.what(build_twice(dir)))
    assert.are.equal("31\n", events.read(dir .. "/sky-out/bin/book.total"))
    assert.are.equal("passed", succeed(dir, "test //...").tests[1].status)
  end)

  it("has three rules in under 60 lines", function()
    local text = events.read(top .. "/rules_words/words.lua")
    local _, lines = text:gsub("\n", "")
    local _, rules = text:gsub("= rule {", "")
    assert.are.equal(3, rules)
    assert.is_true(lines < 60)
  end)

  it("runs no action for a comment in the library", function()
    edit(top, "rules_words/words.lua", "local total", "-- A comment.\nlocal total")
    assert.are.equal("", events.what(succeed(dir, "build //...")))
    assert.is_true(succeed(dir, "test //...").tests[1].cached)
  end)

  it("runs just the targets of a rule whose code changes", function()
    edit(top, "rules_words/words.lua", "print n + 0", "print n")
    local r = succeed(dir, "build //...")
    assert.are.equal("Total 1", events.what(r))
    assert.are.equal("//:book", who(r))
    assert.is_true(succeed(dir, "test //...").tests[1].cached)
    edit(top, "rules_words/words.lua", "wc -w < \"$1\"", "wc -c < \"$1\"")
    r = succeed(dir, "build //...")
    assert.are.equal("Count 2, Total 1", events.what(r))
    assert.are.equal("//:book //chapters:one //chapters:two", who(r))
    assert.are.equal(3, events.run(dir, "test //...").code)
  end)

  it("does nothing anew where both directories lie elsewhere", function()
    local moved = top .. ".moved"
    events.must(("mv %s %s"):format(top, moved))
    assert.are.equal("", events.what(succeed(moved .. "/book", "build //...")))
  end)
end)

describe("examples/python", function()
  if (events.sh "command -v python3") ~= 0 then return end
  local dir = copy "python"

  it("builds, then has nothing to do", function()
    assert.are.equal("Genrule 1, Write 1", events.what(build_twice(dir)))
    local code, out = events.sh(("cd %s/tests && %s run -q //shop -- USD"):format(dir,
      events.skylua))
    assert.are.equal(0, code)
    assert.are.equal("apple  0.55 USD\npear   0.77 USD\n", out)
  end)

  it("tests once, again when what it imports changes, and makes modules only then", function()
    assert.is_false(succeed(dir, "test //...").tests[1].cached)
    edit(dir, "shop/main.py", "import csv", "import csv  # a comment")
    assert.is_true(succeed(dir, "test //...").tests[1].cached)
    edit(dir, "shop/rates.csv", "GBP,85", "GBP,86")
    local r = succeed(dir, "test //...")
    assert.are.equal("Genrule 1, Test 1", events.what(r))
    edit(dir, "shop/money.py", "// 100", "// 10")
    assert.are.equal(3, events.run(dir, "test //...").code)
    assert.are.equal("", events.must(("find %s -name '*.pyc'"):format(dir)))
  end)
end)

describe("examples/monorepo", function()
  if (events.sh "command -v python3 && command -v g++") ~= 0 then return end
  local dir = copy "monorepo"

  it("builds a dozen packages, then has nothing to do", function()
    local r = build_twice(dir)
    assert.are.equal("AR 2, CC 4, CXX 1, Embed 1, Genrule 2, LINK 2, Script 1, Shout 2, Tar 1, "
      .. "Write 5", events.what(r))
    assert.are.equal("12\n", events.must(("find %s -name BUILD.lua | wc -l"):format(dir)))
    assert.are.equal("HELLO\n<p>Hello.</p>\n", events.must(dir .. "/sky-out/bin/server/server"))
    assert.are.equal(3, #succeed(dir, "test //...").tests)
    assert.are.equal("", events.what(succeed(dir, "test //...")))
  end)

  it("compiles for a comment, and nothing more", function()
    edit(dir, "base/text/text.c", "int i = 0;", "int i = 0; /* a comment */")
    assert.are.equal("CC 1", events.what(succeed(dir, "build //...")))
  end)

  it("goes from the protocol to all who speak it, in each language", function()
    events.append(dir .. "/base/wire/messages.txt", "wait 3\n")
    local r = succeed(dir, "test //...")
    assert.are.equal("CC 1, CXX 1, Genrule 2, Test 1", events.what(r))
    assert.are.equal("//base/wire:c //base/wire:python //server:server //tests:end_to_end", who(r))
    edit(dir, "base/wire/messages.txt", "bye 2", "bye 4")
    assert.are.equal(3, events.run(dir, "test //...").code)
    edit(dir, "tests/end_to_end.sh", "MESSAGE 2", "MESSAGE 4")
    succeed(dir, "test //...")
  end)

  it("builds for an option just what reads it", function()
    local r = succeed(dir, "build //server -D greeting=long")
    assert.are.equal("//server:server", who(r))
    assert.are.equal("CC 1, CXX 1, LINK 1", events.what(r))
    assert.are.equal("A VERY GOOD DAY\n<p>Hello.</p>\n",
      events.must("find " .. dir .. "/sky-out/bin-*/server -name server -type f -exec {} ';'"))
  end)

  it("sees a change of its own rule", function()
    edit(dir, "tools/rules/shout.lua", "> \"$3\"", "| tr A-Z a-z > \"$3\"")
    local r = succeed(dir, "build //...")
    assert.are.equal("Shout 2, Tar 1", events.what(r))
    assert.are.equal("read me first\n", events.read(dir .. "/sky-out/bin/docs/loud_1.txt"))
  end)
end)

describe("every example", function()
  it("has a README, a run.sh that works, and no trace in the sources", function()
    local sums = "cd %s && find . -type f | sort | xargs md5sum"
    local names = {}
    for name in events.must("ls examples"):gmatch("[^\n]+") do
      names[#names + 1] = name
    end
    assert.are.equal("codegen cross custom_rule dynamic generated hello library monorepo options "
      .. "python rule_library skyframe_demo statemachine tests", table.concat(names, " "))
    for _, name in ipairs(names) do
      local dir = copy(name)
      local text = events.read(dir .. "/README.md")
      assert.is_truthy(text:find("^# " .. name), name)
      local before = events.must(sums:format(dir))
      local code, out, err = events.sh(("SKYLUA=%s XDG_CACHE_HOME=%s sh %s/run.sh"):format(
        events.skylua, dir .. ".cache", dir))
      assert.are.equal(0, code, out .. err)
      -- what is beside a WORKSPACE.lua is all they leave: scripts leave nothing
      events.must(("find %s -name WORKSPACE.lua | while read f; do rm -rf ${f%%/*}/sky-out; done")
        :format(dir))
      assert.are.equal(before, events.must(sums:format(dir)), name)
    end
  end)
end)

describe("examples/options", function()
  local dir = copy "options"

  local function run(flags)
    local code, out, err = events.sh(("cd %s && %s run -q //app %s"):format(dir, events.skylua,
      flags))
    assert.are.equal(0, code, err)
    return out
  end

  it("builds, then has nothing to do", function()
    assert.are.equal("AR 1, CC 3, LINK 1, Write 1", events.what(build_twice(dir)))
    assert.are.equal("Hello, world!\n", run "")
  end)

  it("builds for an option what reads it", function()
    local r = succeed(dir, "build //... -D greeting=Hi")
    assert.are.equal("CC 1, LINK 1, Write 1", events.what(r))
    assert.are.equal("Hi, world!\n", run "-D greeting=Hi")
    -- main.c is told to shout only in German
    r = succeed(dir, "build //... -D language=de")
    assert.are.equal("AR 1, CC 3, LINK 1", events.what(r))
    assert.are.equal("HELLO, WELT!!!\n", run "-D language=de -D shout")
    assert.are.equal("HEY, WORLD!\n", run "--config=party")
    assert.are.equal("", events.what(succeed(dir, "build //... -D language=de")))
    assert.are.equal("", events.what(succeed(dir, "build //...")))
  end)

  it("refuses an option that there is not, with a suggestion", function()
    local r = events.run(dir, "build //app -D langage=de")
    assert.are_not.equal(0, r.code)
    assert.is_truthy(r.err:find("did you mean 'language'?", 1, true), r.err)
  end)
end)

describe("examples/cross", function()
  local dir = copy "cross"

  it("builds, then has nothing to do", function()
    assert.are.equal("AR 1, CC 4, Genrule 1, LINK 3", events.what(build_twice(dir)))
    assert.is_truthy(events.must(dir .. "/sky-out/bin/where/where"):find("prime is 29", 1, true))
  end)

  -- Where there is no such compiler, this one plays it: what matters is who is called for what.
  it("takes the other compiler for programs, and this machine's for tools", function()
    local tools = dir .. ".tools"
    events.must(("mkdir -p %s && cd %s && printf '#!/bin/sh\\nexec cc -D__aarch64__ \"$@\"\\n' "
      .. "> aarch64-linux-gnu-gcc && "
      .. "printf '#!/bin/sh\\nexec ar \"$@\"\\n' > aarch64-linux-gnu-ar "
      .. "&& printf '#!/bin/sh\\necho ran >> log; shift 2; exec \"$@\"\\n' > qemu-aarch64 "
      .. "&& chmod +x *"):format(tools, tools))
    local function skylua(words)
      local code, out, err = events.sh(
        ("cd %s && PATH=%s:$PATH XDG_CACHE_HOME=%s.cache %s %s --json"):format(dir, tools, dir,
          events.skylua, words))
      assert.are.equal(0, code, err)
      local list = {}
      for name in out:gmatch('"outputs":%["(sky%-out/[^"]*)"') do list[#list + 1] = name end
      table.sort(list)
      return list
    end
    skylua "build //..." -- the compilers of this PATH are others
    assert.are.same({ "sky-out/bin-release-arch=arm64/where/_objs/machine/machine.c.o",
      "sky-out/bin-release-arch=arm64/where/_objs/where/main.c.o",
      "sky-out/bin-release-arch=arm64/where/libmachine.a",
      "sky-out/bin-release-arch=arm64/where/where" }, skylua "build --config=arm64 //where")
    assert.is_truthy(events.must(dir .. "/sky-out/bin-release-arch=arm64/where/where")
      :find("^arm64, and the last prime is 29"))
    assert.are.same({}, skylua "build --config=arm64 //where")
    skylua "test --config=arm64 //where:all"
    assert.are.same({}, skylua "test --config=arm64 //where:all")
  end)

  it("runs as its script says, and says what is not installed", function()
    local out = events.must(("cd %s && SKYLUA=%s sh run.sh"):format(dir, events.skylua))
    assert.is_truthy(out:find("prime is 29", 1, true))
    assert.is_truthy(out:find("cross: skipped", 1, true) or out:find("cross: not run", 1, true)
      or out:find("arm64, and the last prime is 29", 1, true), out)
  end)
end)

describe("examples/codegen", function()
  local dir = copy "codegen"

  it("builds, then has nothing to do", function()
    assert.are.equal("AR 1, CC 3, Genrule 1, LINK 2", events.what(build_twice(dir)))
    assert.are.equal("3 keywords, the last is else\n", events.must(dir .. "/sky-out/bin/app/app"))
  end)

  it("generates nothing again for another mode", function()
    local r = succeed(dir, "build -c debug //app")
    assert.are.equal("AR 1, CC 2, LINK 1", events.what(r))
    assert.are.equal("//app:app //keywords:keywords", who(r))
    assert.are.equal("3 keywords, the last is else\n",
      events.must(dir .. "/sky-out/bin-debug/app/app"))
  end)

  it("generates for a new word, and compiles for a comment in the generator", function()
    events.append(dir .. "/keywords/words.txt", "while\n")
    assert.are.equal("AR 1, CC 2, Genrule 1, LINK 1", events.what(succeed(dir, "build //...")))
    edit(dir, "gen/gen.c", "and their names.", "with their names.")
    assert.are.equal("CC 1", events.what(succeed(dir, "build //...")))
  end)
end)

describe("examples/tests", function()
  local dir = copy "tests"

  it("builds, then has nothing to do", function()
    assert.are.equal("AR 1, CC 5, LINK 4", events.what(build_twice(dir)))
  end)

  it("runs its tests once", function()
    local r = succeed(dir, "test //...")
    assert.are.equal("Test 5", events.what(r))
    assert.are.equal(5, #r.tests)
    assert.are.equal("", events.what(succeed(dir, "test //...")))
    assert.are.equal(2, #succeed(dir, "test //scripts:quick").tests)
    assert.are.equal("Test 1", events.what(succeed(dir, "test //scripts:slow_test")))
  end)

  it("runs the test whose data changed, and none for a comment", function()
    events.append(dir .. "/scripts/cases.txt", "1 1 2\n")
    local r = succeed(dir, "test //...")
    assert.are.equal("//scripts:add_test", who(r))
    events.append(dir .. "/lib/sum.c", "/* A comment. */\n")
    assert.are.equal("CC 1", events.what(succeed(dir, "test //...")))
  end)

  it("fails when the data is wrong, and shows the log", function()
    events.append(dir .. "/scripts/cases.txt", "1 1 3\n")
    local r = events.run(dir, "test //...")
    assert.are.equal(3, r.code)
    assert.is_truthy(r.err:find("1 + 1 is 2, not 3", 1, true), r.err)
  end)
end)
