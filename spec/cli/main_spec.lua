--- The command line with an engine that answers as told: exit codes, JSON, words.
local fake = require "spec.support.fake_cli"
local config = require "cli.config"
local shell = require "spec.support.events"

local dir

before_each(function()
  dir = shell.temp_dir()
  shell.must(("mkdir -p %s/app && touch %s/WORKSPACE.lua %s/app/BUILD.lua"):format(dir, dir, dir))
  fake.script = { answers = {} }
end)
after_each(function() shell.must("rm -rf " .. dir) end)

local HELLO = { ["COMPLETION //app:hello"] = { value = { "sky-out/bin/app/hello" } } }
local ACTION = {
  event = "action", label = "//app:hello", mnemonic = "CC", outputs = { "sky-out/bin/app/main.o" },
  status = "executed", exit = 0, signal = 0, wall = 0.1, max_rss = 123, reason = "new",
}

---@param changes table
---@return table
local function action(changes)
  local ev = {}
  for name, value in pairs(ACTION) do ev[name] = value end
  for name, value in pairs(changes) do ev[name] = value end
  return ev
end

describe("wrong use", function()
  local cases = {
    { { "biuld" }, "unknown command 'biuld'", "did you mean 'build'?" },
    { { "build", "--jsn" }, "unknown flag '--jsn'", "did you mean '--json'?" },
    { { "build", "//a:b:c" }, "not a label" },
    { { "build", "-D", "=x" }, "-D wants name=value" },
    { { "build", "-C", "nowhere" }, "cannot go to 'nowhere'" },
    { { "run" }, "run wants a target" },
    { { "clean", "//x" }, "clean takes no targets" },
  }
  for _, case in ipairs(cases) do
    it("is exit 2: " .. table.concat(case[1], " "), function()
      local r = fake.cli(case[1], dir)
      assert.equal(2, r.exit)
      assert.is_truthy(r.stderr:find(case[2], 1, true), r.stderr)
      if case[3] then assert.is_truthy(r.stderr:find(case[3], 1, true), r.stderr) end
    end)
  end

  it("has JSON events too", function()
    local r = fake.cli({ "build", "--json", "--nonsense" }, dir)
    assert.equal("message", r.events[1].event)
    assert.equal("error", r.events[1].level)
    assert.equal("finished", r.events[2].event)
    assert.equal(2, r.events[2].exit)
  end)

  it("outside of a workspace says how to make one", function()
    shell.must("rm " .. dir .. "/WORKSPACE.lua")
    local r = fake.cli({ "build" }, dir .. "/app")
    assert.equal(2, r.exit)
    assert.is_truthy(r.stderr:find("touch WORKSPACE.lua", 1, true))
  end)
end)

describe("build", function()
  it("succeeds with a last line and the place of a single target", function()
    fake.script = { answers = HELLO, events = { ACTION },
      stats = { total = 20, evaluated = 5, checked = 6, pruned = 1, stat_calls = 7,
        fns = { ACTION = { done = 4 } } } }
    local r = fake.cli({ "build", "//app:hello" }, dir)
    assert.equal(0, r.exit)
    assert.is_truthy(r.stderr:find(
      "^CC app/main.o  //app:hello\nbuilt 1 target %(1 action, 3 up to date%) in %d+%.%d%ds\n"
      .. "  sky%-out/bin/app/hello\n$"), r.stderr)
    assert.is_true(fake.engine.closed)
  end)

  it("writes the events of the contract", function()
    fake.script = { answers = HELLO, events = { ACTION },
      stats = { total = 20, evaluated = 5, checked = 6, pruned = 1, stat_calls = 7,
        fns = { ACTION = { done = 4 } } } }
    local r = fake.cli({ "build", "--json", "-j3", "//app:hello" }, dir)
    local started, ran, finished = table.unpack(r.events)
    assert.same({ event = "started", t = started.t, command = "build", targets = { "//app:hello" },
      jobs = 3, version = "0.0-fake" }, started)
    assert.same({ event = "action", t = ran.t, label = "//app:hello", mnemonic = "CC",
      outputs = { "sky-out/bin/app/main.o" }, status = "executed", exit = 0, wall = 0.1,
      max_rss = 123, reason = "new" }, ran)
    assert.is_truthy(r.stdout:find('"exit":0,"signal":null,', 1, true))
    assert.same({ event = "finished", t = finished.t, exit = 0, wall = finished.wall,
      actions = { executed = 1, restored = 0, failed = 0, up_to_date = 3 },
      nodes = { total = 20, evaluated = 5, checked = 6, pruned = 1 },
      stats = { stat_calls = 7 } }, finished)
  end)

  it("asks for the package of the current directory and below by default", function()
    fake.script.answers["TARGETS //app/..."] = { value = { "//app:hello" } }
    fake.script.answers["COMPLETION //app:hello"] = { value = {} }
    assert.equal(0, fake.cli({ "build" }, dir .. "/app").exit)
  end)

  it("takes targets away", function()
    fake.script.answers["TARGETS //..."] = { value = { "//app:hello", "//app:old" } }
    fake.script.answers["COMPLETION //app:hello"] = { value = { "x" } }
    fake.script.answers["COMPLETION //app:old"] = { error = { message = "must not be asked" } }
    assert.equal(0, fake.cli({ "build", "//...", "-//app:old" }, dir).exit)
  end)

  it("builds the target that has a file, makes it, or is called so", function()
    fake.script.answers["PACKAGE app"] = { value = {
      targets = { hello = { attrs = { srcs = { "main.c" } } } },
      outputs = { ["gen.h"] = "hello" },
    } }
    fake.script.answers["COMPLETION //app:hello"] = { value = { "x" } }
    for _, word in ipairs { "main.c", "gen.h", "hello", "../app/main.c" } do
      assert.equal(0, fake.cli({ "build", word }, dir .. "/app").exit, word)
    end
    local r = fake.cli({ "build", "helo" }, dir .. "/app")
    assert.equal(2, r.exit)
    assert.is_truthy(r.stderr:find("did you mean 'hello'?", 1, true))
  end)

  it("fails with exit 1, the output and the list of targets", function()
    fake.script = {
      answers = { ["COMPLETION //app:hello"] = { error = {
        code = "E0301", message = "CC failed", label = "//app:hello" } } },
      events = { action { status = "failed", exit = 4, output = "main.c:1: error\n" } },
    }
    local r = fake.cli({ "build", "--json", "//app:hello" }, dir)
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find(
      "main.c:1: error\nFAILED //app:hello: CC app/main.o: exit code 4", 1, true))
    assert.is_truthy(r.stderr:find("failed: 1 target failed (1 action", 1, true), r.stderr)
    -- The failed action has been shown: its error is not shown again.
    assert.is_nil(r.stderr:find("E0301", 1, true))
    assert.equal("failed", r.events[2].status)
    assert.equal("E0301", r.events[3].code)
    assert.same({ executed = 0, restored = 0, failed = 1, up_to_date = 0 }, r.events[4].actions)
  end)

  it("shows the signal of a killed action instead of an exit code", function()
    fake.script = {
      answers = { ["COMPLETION //app:hello"] = { error = { code = "E0301", message = "killed" } } },
      events = { action { status = "failed", exit = -1, signal = 11 } },
    }
    local r = fake.cli({ "build", "--json", "//app:hello" }, dir)
    assert.is_truthy(r.stdout:find('"exit":null,"signal":11,', 1, true))
  end)

  it("shows an error of BUILD.lua with its place, exit 1", function()
    fake.script.answers["COMPLETION //app:hello"] = { error = {
      code = "E0208", message = "no attribute 'scrs'", file = "//app/BUILD.lua", line = 4,
      column = 3, source = "  scrs = {}" } }
    local r = fake.cli({ "build", "--json", "//app:hello" }, dir)
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("  --> //app/BUILD.lua:4:3\n", 1, true))
    assert.equal("app/BUILD.lua", r.events[2].file)
    assert.equal(4, r.events[2].line)
    assert.equal(3, r.events[2].column)
    assert.equal("//app:hello", r.events[2].label)
  end)

  it("is exit 2 for a target that nobody but the user names", function()
    fake.script.answers["COMPLETION //app:helo"] = { error = {
      code = "E0213", message = "no such target", hint = "did you mean 'hello'?" } }
    assert.equal(2, fake.cli({ "build", "//app:helo" }, dir).exit)
    fake.script.answers["COMPLETION //app:helo"].error.file = "//app/BUILD.lua"
    assert.equal(1, fake.cli({ "build", "//app:helo" }, dir).exit)
  end)

  it("is exit 36 when the machine is at fault", function()
    fake.script.answers["COMPLETION //app:hello"] = { error = {
      message = "m", cause = { code = "E0101", message = "No space left on device" } } }
    assert.equal(36, fake.cli({ "build", "//app:hello" }, dir).exit)
  end)

  it("is exit 128+n after a signal", function()
    fake.script = { answers = {}, interrupt = 2 }
    local r = fake.cli({ "build", "//app:hello" }, dir)
    assert.equal(130, r.exit)
    assert.is_truthy(r.stderr:find("interrupted", 1, true))
  end)

  it("is exit 37 with a trace when skylua itself is broken", function()
    fake.script.broken = true
    local r = fake.cli({ "build", "//app:hello" }, dir)
    assert.equal(37, r.exit)
    assert.is_truthy(r.stderr:find("bug in skylua", 1, true))
    assert.is_truthy(r.stderr:find("stack traceback", 1, true))
  end)

  it("says for whom it waits", function()
    fake.script = { answers = HELLO, holder = "pid 12, skylua test //..." }
    local r = fake.cli({ "build", "//app:hello" }, dir)
    assert.equal(0, r.exit)
    assert.is_truthy(r.stderr:find("waiting for another skylua (pid 12, skylua test //...)", 1,
      true))
  end)

  it("keeps sky-out out of git", function()
    fake.script = { answers = HELLO }
    fake.cli({ "build", "//app:hello" }, dir)
    assert.equal("*\n", shell.read(dir .. "/sky-out/.gitignore"))
  end)
end)

describe("the configuration", function()
  local function id(mode, defines)
    return config.id(assert(config.settings(mode, defines)))
  end

  it("is called by what differs from the default, which has no name", function()
    assert.equal("", id("fastbuild", {}))
    assert.equal("", id(nil, {}))
    assert.equal("mode=release", id("release", {}))
    assert.equal("fast=true+mode=debug", id("debug", { "fast" }))
  end)

  it("is the same for the same options in any order", function()
    assert.equal(id("debug", { "a=1", "b=2" }), id("debug", { "b=2", "a=0", "a=1" }))
    assert.are_not.equal(id("debug", { "a=1", "b=2" }), id("debug", { "a=1", "b=3" }))
  end)

  it("is refused when -D has no name, or sets what is no option", function()
    local _, err = config.settings(nil, { "=x" })
    assert.equal("-D wants name=value, not '=x'", err.message)
    _, err = config.settings(nil, { "mode=debug" })
    assert.equal("write -c MODE", err.hint)
  end)

  it("takes what bundles say, unless a flag says otherwise", function()
    local bundles = { fast = { mode = "release", options = { a = "1", b = "1" } },
      slow = { options = { b = "2" } } }
    local given = assert(config.settings(nil, { "c=3" }))
    assert.equal("a=1+b=2+c=3+mode=release",
      config.id(assert(config.with_bundles(given, { "fast", "slow" }, bundles))))
    given = assert(config.settings("debug", { "a=9" }))
    assert.equal("a=9+b=1+mode=debug",
      config.id(assert(config.with_bundles(given, { "fast" }, bundles))))
    local _, err = config.with_bundles(given, { "fats" }, bundles)
    assert.equal("did you mean 'fast'?", err.hint)
  end)
end)

describe("test", function()
  before_each(function()
    fake.script.answers = {
      ["TARGETS //..."] = { value = { "//app:lib", "//app:t" } },
      ["TARGET //app:lib"] = { value = {} },
      ["TARGET //app:t"] = { value = { test = true } },
      ["COMPLETION //app:lib"] = { value = { "x" } },
      ["TEST //app:t"] = { value = { status = "passed", exit = 0, wall = 0.5, log = "t.log" } },
    }
  end)

  it("passes", function()
    local r = fake.cli({ "test", "--json", "//..." }, dir)
    assert.equal(0, r.exit)
    assert.is_truthy(r.stderr:find("PASS //app:t  (cached)\n1 test passed, 0 failed", 1, true),
      r.stderr)
    assert.same({ event = "test", t = r.events[2].t, label = "//app:t", status = "passed",
      cached = true, wall = 0.5, log = "t.log" }, r.events[2])
  end)

  it("is exit 3 when a test failed, and shows the end of its log", function()
    local lines = {}
    for i = 1, 60 do lines[i] = "line " .. i end
    local f = assert(io.open(dir .. "/t.log", "w"))
    f:write(table.concat(lines, "\n"), "\n")
    f:close()
    fake.script.answers["TEST //app:t"].value.status = "failed"
    fake.script.events = { action { label = "//app:t", mnemonic = "Test" } }
    local r = fake.cli({ "test", "--json", "//..." }, dir)
    assert.equal(3, r.exit)
    assert.is_truthy(r.stderr:find("FAIL //app:t  0.50s\n  [10 lines before]\nline 11\n", 1, true))
    assert.is_truthy(r.stderr:find("line 60\n  log: t.log\n", 1, true))
    assert.is_nil(r.stderr:find("line 10\n", 1, true))
    assert.is_false(r.events[3].cached)
  end)

  it("is exit 4 when there are no tests", function()
    local r = fake.cli({ "test", "//app:lib" }, dir)
    assert.equal(4, r.exit)
    assert.is_truthy(r.stderr:find("no tests found", 1, true))
  end)

  it("is exit 1 when a test cannot be built", function()
    fake.script.answers["TEST //app:t"] = { error = { code = "E0208", message = "broken",
      file = "//app/BUILD.lua", line = 1 } }
    assert.equal(1, fake.cli({ "test", "//..." }, dir).exit)
  end)

  it("runs the tests of a suite", function()
    fake.script.answers["TARGET //app:all_tests"] = { value = { suite = { "//app:t" } } }
    fake.script.answers["COMPLETION //app:all_tests"] = { value = {} }
    local r = fake.cli({ "test", "//app:all_tests" }, dir)
    assert.equal(0, r.exit)
    assert.is_truthy(r.stderr:find("PASS //app:t", 1, true))
  end)
end)

describe("run", function()
  it("becomes the program, in the user's directory", function()
    fake.script.answers = {
      ["COMPLETION //app:hello"] = { value = { "sky-out/bin/app/hello" } },
      ["CONFIGURED_TARGET //app:hello"] = { value = { providers = {} } },
    }
    fake.cli({ "run", ":hello", "--", "-x", "y" }, dir .. "/app")
    assert.same({ dir .. "/sky-out/bin/app/hello", "-x", "y" }, fake.executed.argv)
    assert.equal(dir .. "/app", fake.executed.dir)
  end)

  it("refuses what is no program", function()
    fake.script.answers = {
      ["COMPLETION //app:hello"] = { value = { "a", "b" } },
      ["CONFIGURED_TARGET //app:hello"] = { value = { providers = {} } },
    }
    local r = fake.cli({ "run", "//app:hello" }, dir)
    assert.equal(2, r.exit)
    assert.is_truthy(r.stderr:find("//app:hello is not a program", 1, true))
  end)
end)

describe("clean", function()
  it("removes sky-out, read-only directories too", function()
    shell.must(("mkdir -p %s/sky-out/bin/a/b && touch %s/sky-out/bin/a/b/c && chmod 555 "
      .. "%s/sky-out/bin/a/b"):format(dir, dir, dir))
    assert.equal(0, fake.cli({ "clean" }, dir).exit)
    assert.is_nil(io.open(dir .. "/sky-out"))
  end)

  it("refuses while another skylua is at work", function()
    shell.must(("mkdir -p %s/sky-out/state"):format(dir))
    fake.script.holder = "pid 12, skylua build"
    local r = fake.cli({ "clean" }, dir)
    assert.equal(36, r.exit)
    assert.is_truthy(r.stderr:find("pid 12, skylua build", 1, true))
    assert.is_truthy(io.open(dir .. "/sky-out"))
  end)
end)

describe("help", function()
  it("names every command and flag", function()
    local r = fake.cli {}
    assert.equal(0, r.exit)
    for _, name in ipairs(require("cli.commands").names) do
      assert.is_truthy(r.stdout:find("\n  " .. name, 1, true), name)
    end
    for _, flag in ipairs(require("cli.flags").list) do
      assert.is_truthy(r.stdout:find("--" .. flag.name, 1, true), flag.name)
    end
  end)

  it("stays within 100 columns", function()
    for line in fake.cli({ "help" }).stdout:gmatch("[^\n]+") do
      assert.is_true(#line <= 100, line)
    end
  end)

  it("describes one command", function()
    local r = fake.cli { "help", "run" }
    assert.is_truthy(r.stdout:find("skylua run target [-- args]", 1, true))
    assert.equal(r.stdout, fake.cli({ "run", "--help" }).stdout)
  end)

  it("explains every code of the core", function()
    local text = shell.read("src/base/err.h")
    local n = 0
    for code in text:gmatch('#define ERR_[%u_]+ "(E%d+)"') do
      n = n + 1
      local r = fake.cli { "help", code:lower() }
      assert.equal(0, r.exit, code)
      assert.is_truthy(r.stdout:find("^" .. code .. ": "), code)
    end
    assert.is_true(n > 10)
  end)
end)
