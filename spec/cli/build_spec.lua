--- The command line of the real binary: targets, exit codes, events, words.
local space = require "spec.support.space"

after_each(space.close_all)

local UPPER = [[
genrule { name = "upper", srcs = { "in.txt" }, outs = { "out.txt" },
          cmd = "tr a-z A-Z < $(in) > $(out)" }
]]

--- A workspace with //app:upper and //lib:copy.
---@return Space
local function two_packages()
  return space.new {
    ["app/BUILD.lua"] = UPPER, ["app/in.txt"] = "app\n",
    ["lib/BUILD.lua"] = 'genrule { name = "copy", srcs = { "a.txt" }, outs = { "b.txt" },\n'
      .. '  cmd = "cat $(in) > $(out)" }\n',
    ["lib/a.txt"] = "lib\n",
  }
end

local BROKEN = [[
genrule { name = "bad", outs = { "bad.txt" }, cmd = "echo it broke >&2; exit 7" }
genrule { name = "good", outs = { "good.txt" }, cmd = "sleep 0.2; echo good > $(out)" }
]]

describe("skylua", function()
  it("shows help when called alone, and its version", function()
    local s = space.new()
    local help = s:skylua ""
    assert.equal(0, help.exit)
    assert.is_truthy(help.stdout:find("Usage: skylua COMMAND", 1, true))
    local version = s:skylua "--version"
    assert.equal(0, version.exit)
    assert.is_truthy(version.stdout:find("^skylua %d"))
    assert.equal(version.stdout, s:skylua("version").stdout)
  end)

  for _, case in ipairs {
    { "biuld", "did you mean 'build'?" },
    { "build --jsno", "did you mean '--json'?" },
    { "build -j none", "--jobs wants a number" },
    { "build //app:uper", "did you mean" },
    { "build //ap:upper", "//ap" },
    { "build nowhere.txt", "nowhere.txt" },
    { "build //nowhere/...", "//nowhere" },
  } do
    it("says what is wrong, with exit 2: " .. case[1], function()
      local r = two_packages():skylua(case[1])
      assert.equal(2, r.exit, r.stderr)
      assert.is_truthy(r.stderr:find(case[2], 1, true), r.stderr)
      assert.equal("", r.stdout)
    end)
  end

  it("asks for a WORKSPACE.lua", function()
    local s = two_packages():remove("WORKSPACE.lua")
    local r = s:skylua("build", "app")
    assert.equal(2, r.exit)
    assert.is_truthy(r.stderr:find("touch WORKSPACE.lua", 1, true))
  end)
end)

describe("skylua build", function()
  it("runs what is needed, and the second time nothing", function()
    local s = two_packages()
    local first = s:build "//..."
    assert.equal(0, first.exit, first.stderr)
    assert.same({ executed = 2, restored = 0, failed = 0, up_to_date = 0 }, first.finished.actions)
    assert.equal("APP\n", s:read "sky-out/bin/app/out.txt")
    local second = s:build "//..."
    assert.same({}, second.ran)
    assert.same({ executed = 0, restored = 0, failed = 0, up_to_date = 2 }, second.finished.actions)
    assert.is_truthy(second.stderr:find("built 2 targets (0 actions, 2 up to date)", 1, true))
  end)

  it("runs again what a change reaches", function()
    local s = two_packages():built "//..."
    s:append("app/in.txt", "more\n")
    assert.same({ "Genrule app/out.txt" }, s:build("//...").ran)
    assert.equal("APP\nMORE\n", s:read "sky-out/bin/app/out.txt")
  end)

  it("builds the current directory and below by default", function()
    local s = two_packages()
    assert.same({ "Genrule app/out.txt" }, s:build("", "app").ran)
    assert.same({ "Genrule lib/b.txt" }, s:build("").ran)
  end)

  for _, case in ipairs {
    { "//app:upper" }, { "//app:all" }, { "//app/..." }, { "app:upper" }, { "//... -//lib/..." },
    { "-//lib:copy" }, { ":upper", "app" }, { "upper", "app" }, { "in.txt", "app" },
    { "../app/in.txt", "lib" }, { "app/out.txt" }, { "sky-out/bin/app/out.txt" }, { "app" },
    { "-C app" }, { "-C lib ../app:upper" }, { "...", "app" },
  } do
    it(("takes '%s' in %s for //app:upper"):format(case[1], case[2] or "the root"), function()
      local r = two_packages():build(case[1], case[2])
      assert.equal(0, r.exit, r.stderr)
      assert.same({ "Genrule app/out.txt" }, r.ran)
    end)
  end

  it("fails with exit 1 and shows the output before the verdict", function()
    local s = space.new { ["BUILD.lua"] = BROKEN }
    local r = s:build "//:bad"
    assert.equal(1, r.exit)
    assert.equal(1, r.finished.exit)
    assert.equal(1, r.finished.actions.failed)
    assert.same({ "Genrule bad.txt" }, r.failed)
    local said = r.stderr:find("it broke", 1, true)
    local verdict = r.stderr:find("FAILED //:bad: [^\n]*bad.txt: exit code 7\n")
    assert.is_true(said and verdict and said < verdict, r.stderr)
    local again = s:build "//:bad"
    assert.equal(1, again.exit)
  end)

  it("goes on with --keep-going", function()
    local s = space.new { ["BUILD.lua"] = BROKEN }
    local r = s:build "-k //..."
    assert.equal(1, r.exit)
    assert.equal("good\n", s:read "sky-out/bin/good.txt")
    assert.is_truthy(r.stderr:find("1 target failed, 1 built", 1, true), r.stderr)
  end)

  it("shows a mistake in BUILD.lua with its place, exit 1", function()
    local s = space.new { ["app/BUILD.lua"] = 'genrule {\n  name = "x",\n  outz = { "a" },\n}\n' }
    local r = s:build "//app:x"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("%-%-> //app/BUILD.lua:3:3\n"), r.stderr)
    assert.is_truthy(r.stderr:find("\n   |   ^^^^\n", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("did you mean 'outs'?", 1, true), r.stderr)
    local message = r.messages[1]
    assert.equal("error", message.level)
    assert.equal("app/BUILD.lua", message.file)
    assert.equal(3, message.line)
    assert.equal(3, message.column)
    assert.is_truthy(message.code:find("^E%d%d%d%d$"))
    local help = s:skylua("help " .. message.code)
    assert.equal(0, help.exit)
    assert.is_truthy(help.stdout:find(message.code, 1, true))
  end)

  it("keeps configurations apart, and makes once what is the same in all", function()
    local s = two_packages():write { ["app/BUILD.lua"] = UPPER .. [[
      genrule { name = "fast", outs = { "fast.txt" }, srcs = { ":upper" },
        cmd = select { ["mode=release"] = "echo yes > $(out)", default = "echo no > $(out)" } }]] }
    s:built("-c release //app:fast")
    assert.equal("yes\n", s:read "sky-out/bin-release/app/fast.txt")
    assert.is_false(s:exists "sky-out/bin/app/fast.txt")
    assert.equal("APP\n", s:read "sky-out/bin/app/out.txt")
    assert.is_false(s:exists "sky-out/bin-release/app/out.txt")
  end)

  it("prints command lines with -s, nothing with -q, no control codes in a pipe", function()
    local s = two_packages()
    local shown = s:skylua "build -s //app:upper"
    assert.is_truthy(shown.stderr:find("tr a-z A-Z", 1, true), shown.stderr)
    local quiet = s:skylua "build -q //lib:copy"
    assert.equal("", quiet.stderr .. quiet.stdout)
    assert.is_nil(s:skylua("build //...").stderr:find("\27", 1, true))
    assert.is_truthy(s:skylua("build --color=always //x:y").stderr:find("\27[31m", 1, true))
  end)

  it("has a status line in a terminal, and wipes it", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "slow", outs = { "slow.txt" }, cmd = "sleep 0.7; echo > $(out)" }\n' }
    if s:sh("command -v script") ~= 0 then return pending("script(1) is not installed") end
    local exit, screen = s:sh("TERM=xterm script -qec '\"$SKYLUA\" build' /dev/null </dev/null")
    assert.equal(0, exit, screen)
    assert.is_truthy(screen:find("[0/1 done, 1 running, 0:00]", 1, true), screen)
    assert.is_truthy(screen:find("\27[J[^\n]*built 1 target"), screen)
  end)

  it("is the same on any number of evaluators", function()
    for _, n in ipairs { 0, 1, 3 } do
      local r = two_packages():build(("--evaluators=%d //..."):format(n))
      assert.equal(0, r.exit, r.stderr)
      table.sort(r.ran)
      assert.same({ "Genrule app/out.txt", "Genrule lib/b.txt" }, r.ran)
    end
  end)

  it("waits for another skylua, and says for whom", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "slow", outs = { "slow.txt" }, cmd = "sleep 1; echo slow > $(out)" }\n' }
    local exit, _, err = s:sh('"$SKYLUA" build -q & sleep 0.4; "$SKYLUA" build; code=$?; wait $!; '
      .. "exit $code")
    assert.equal(0, exit, err)
    assert.is_truthy(err:find("waiting for another skylua %(pid %d+, skylua build%)"), err)
    assert.is_truthy(err:find("(0 actions, 1 up to date)", 1, true), err)
  end)

  for _, case in ipairs { { "INT", 130 }, { "TERM", 143 } } do
    it(("is exit %d after SIG%s, and keeps what is done"):format(case[2], case[1]), function()
      local s = space.new { ["BUILD.lua"] = [[
genrule { name = "first", outs = { "first.txt" }, cmd = "echo 1 > $(out)" }
genrule { name = "slow", srcs = { ":first" }, outs = { "slow.txt" },
          cmd = "sleep 30; echo slow > $(out)" }
]] }
      local start = os.time()
      local command = ('timeout --foreground --preserve-status -s %s 1 "$SKYLUA" build --json')
        :format(case[1])
      local exit, first, said = s:sh(command)
      assert.is_nil(said:find("FAILED", 1, true), said)
      assert.equal(case[2], exit)
      assert.is_truthy(first:find('"outputs":["sky-out/bin/first.txt"]', 1, true), first)
      assert.is_truthy(first:find('"event":"finished"[^\n]*"exit":' .. case[2]), first)
      local _, second = s:sh(command)
      assert.is_nil(second:find('"event":"action"[^\n]*first.txt'), second)
      assert.is_true(os.time() - start < 15)
    end)
  end
end)

describe("the events of --json", function()
  it("follow the contract", function()
    local s = two_packages()
    local r = s:command("build", "-j 2 //app:upper")
    assert.equal(3, #r.events)
    local started, action, finished = table.unpack(r.events)
    assert.equal("build", started.command)
    assert.same({ "//app:upper" }, started.targets)
    assert.equal(2, started.jobs)
    assert.equal("string", type(started.version))
    assert.equal("//app:upper", action.label)
    assert.same({ "sky-out/bin/app/out.txt" }, action.outputs)
    assert.same({ "executed", 0 }, { action.status, action.exit })
    assert.is_nil(action.signal)
    assert.is_true(action.wall > 0 and action.wall < 10)
    -- Linux may say 0 for a process that was very short.
    assert.is_true(action.max_rss >= 0)
    assert.is_true(#action.reason > 0)
    assert.equal(0, finished.exit)
    assert.is_true(finished.nodes.total >= finished.nodes.evaluated)
    assert.is_true(finished.nodes.evaluated > 0)
    assert.is_true(finished.stats.stat_calls > 0)
    local t = 0
    for _, ev in ipairs(r.events) do
      assert.is_true(ev.t >= t)
      t = ev.t
    end
  end)

  it("can go to a file", function()
    local s = two_packages()
    local r = s:skylua "build --json=events.json //app:upper"
    assert.equal("", r.stdout)
    assert.is_truthy(s:read("events.json"):find('^{"event":"started"'))
    assert.is_truthy(s:read("events.json"):find('{"event":"finished"[^\n]*\n$'))
  end)

  it("name the signal of an action that was killed", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "x", outs = { "x" }, cmd = "kill -SEGV $$" }\n' }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.equal(11, r.events[2].signal)
    assert.is_truthy(r.stderr:find("killed by SIGSEGV", 1, true), r.stderr)
  end)
end)
