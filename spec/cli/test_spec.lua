--- skylua test, run and clean, with the real binary.
local space = require "spec.support.space"

after_each(space.close_all)

local PASS = 'sh_test { name = "good_test", srcs = { "good.sh" } }\n'
local FAIL = 'sh_test { name = "bad_test", srcs = { "bad.sh" } }\n'

---@param build string
---@return Space
local function tests(build)
  local s = space.new {
    ["BUILD.lua"] = build,
    ["good.sh"] = "#!/bin/sh\necho fine\n",
    ["bad.sh"] = "#!/bin/sh\nfor i in $(seq 60); do echo line $i; done\nexit 9\n",
  }
  s:run "chmod +x good.sh bad.sh"
  return s
end

describe("skylua test", function()
  it("passes, and keeps the result", function()
    local s = tests(PASS)
    local first = s:test "//..."
    assert.equal(0, first.exit, first.stderr)
    assert.equal("passed", first.tests["//:good_test"].status)
    assert.is_false(first.tests["//:good_test"].cached)
    local second = s:test "//..."
    assert.equal(0, second.exit)
    assert.is_true(second.tests["//:good_test"].cached)
    assert.same({}, second.ran)
    assert.is_truthy(second.stderr:find("PASS //:good_test  (cached)", 1, true), second.stderr)
  end)

  it("runs again when the test changed", function()
    local s = tests(PASS)
    s:test "//..."
    s:append("good.sh", "echo more\n")
    assert.is_false(s:test("//...").tests["//:good_test"].cached)
  end)

  it("is exit 3 when one failed, with the end of its log and its path", function()
    local s = tests(PASS .. FAIL)
    local r = s:test "//..."
    assert.equal(3, r.exit, r.stderr)
    assert.equal("failed", r.tests["//:bad_test"].status)
    assert.equal("passed", r.tests["//:good_test"].status)
    assert.is_truthy(r.stderr:find("FAIL //:bad_test", 1, true))
    assert.is_truthy(r.stderr:find("line 60\n", 1, true), r.stderr)
    assert.is_nil(r.stderr:find("line 10\n", 1, true))
    local log = r.tests["//:bad_test"].log
    assert.is_truthy(r.stderr:find(log, 1, true))
    assert.is_truthy(s:read(log):find("line 1\n", 1, true))
    assert.equal(3, s:test("//...").exit)
  end)

  it("is exit 4 when there are none", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "x", outs = { "x" }, cmd = "echo > $(out)" }\n' }
    local r = s:test "//..."
    assert.equal(4, r.exit)
    assert.equal(4, r.finished.exit)
    assert.is_true(s:exists "sky-out/bin/x")
  end)

  it("is exit 1 when a test cannot be built", function()
    local s = tests('sh_test { name = "t", srcs = { "good.sh" }, data = { ":x" } }\n'
      .. 'genrule { name = "x", outs = { "x" }, cmd = "exit 1" }\n')
    assert.equal(1, s:test("//:t").exit)
  end)

  it("runs the tests of a suite", function()
    local s = tests(PASS .. FAIL .. 'test_suite { name = "some", tests = { ":good_test" } }\n')
    local r = s:test "//:some"
    assert.equal(0, r.exit, r.stderr)
    assert.equal("passed", r.tests["//:good_test"].status)
    assert.is_nil(r.tests["//:bad_test"])
  end)
end)

describe("skylua run", function()
  ---@return Space
  local function program()
    local s = space.new {
      ["app/BUILD.lua"] = 'sh_binary { name = "say", srcs = { "say.sh" } }\n'
        .. 'genrule { name = "two", outs = { "a", "b" }, cmd = "touch $(out)" }\n',
      ["app/say.sh"] = '#!/bin/sh\npwd\nfor a in "$@"; do echo "[$a]"; done\nexit 5\n',
    }
    s:run "chmod +x app/say.sh && mkdir sub"
    return s
  end

  it("gives arguments, the user's directory and the exit code", function()
    local s = program()
    local r = s:skylua("run -q //app:say -- 'a b' --json -k", "sub")
    assert.equal(5, r.exit, r.stderr)
    assert.equal(s:path("sub") .. "\n[a b]\n[--json]\n[-k]\n", r.stdout)
  end)

  it("refuses what is no program", function()
    local r = program():skylua "run //app:two"
    assert.equal(2, r.exit)
    assert.is_truthy(r.stderr:find("not a program", 1, true), r.stderr)
  end)

  it("wants one target", function()
    assert.equal(2, program():skylua("run").exit)
    assert.equal(2, program():skylua("run //...").exit)
  end)

  it("does not run what cannot be built", function()
    local s = space.new { ["BUILD.lua"] = 'sh_binary { name = "x", srcs = { "x.sh" } }\n' }
    assert.equal(1, s:skylua("run //:x").exit)
  end)
end)

describe("skylua clean", function()
  it("removes sky-out; the next build is right", function()
    local s = tests(PASS)
    s:test "//..."
    assert.equal(0, s:skylua("clean").exit)
    assert.is_false(s:exists "sky-out")
    assert.equal(0, s:test("//...").exit)
  end)

  it("refuses while a build is at work", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "slow", outs = { "slow.txt" }, cmd = "sleep 1; echo slow > $(out)" }\n' }
    local exit, _, err = s:sh('"$SKYLUA" build -q & sleep 0.4; "$SKYLUA" clean; code=$?; wait $!; '
      .. "exit $code")
    assert.equal(36, exit)
    assert.is_truthy(err:find("another skylua is at work here %(pid %d+, skylua build%)"), err)
    assert.equal("slow\n", s:read "sky-out/bin/slow.txt")
  end)
end)

describe("skylua test --runs=N", function()
  --- A test that fails in every third run: it can tell by the logs that are kept.
  local FLAKY = 'sh_test { name = "flaky_test", srcs = { "flaky.sh" } }\n'
  local SCRIPT = "#!/bin/sh\necho here\nfor i in 1 2 3 4 5 6; do\n"
    .. "  [ -e sky-out/log/flaky_test.run$i.log ] && exit 0\ndone\nexit 7\n"

  it("runs every test so often, though it is known to pass", function()
    local s = tests(PASS)
    assert.equal(0, s:test("//...").exit)
    local r = s:test "--runs=3 //..."
    assert.equal(0, r.exit, r.stderr)
    assert.same({ "Test //:good_test", "Test //:good_test", "Test //:good_test" }, r.ran)
    local numbers = {}
    for _, ev in ipairs(r.events) do
      if ev.event == "test" then
        numbers[#numbers + 1] = ev.run
        assert.is_false(ev.cached)
      end
    end
    assert.same({ 1, 2, 3 }, numbers)
    assert.is_truthy(r.stderr:find("PASS //:good_test  3 of 3 runs passed", 1, true), r.stderr)
    -- afterwards it is known again
    assert.is_true(s:test("//...").tests["//:good_test"].cached)
  end)

  it("tells a flaky one, and keeps the log of the run that failed", function()
    local s = tests(PASS .. FLAKY):write { ["flaky.sh"] = SCRIPT }
    local r = s:test "--runs=4 //..."
    assert.equal(3, r.exit, r.stderr)
    assert.is_truthy(r.stderr:find("FLAKY //:flaky_test  3 of 4 runs passed", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("here\n  log: sky-out/log/flaky_test.run1.log", 1, true),
      r.stderr)
    assert.equal("here\n", s:read "sky-out/log/flaky_test.run1.log")
    assert.is_truthy(r.stderr:find("1 test passed, 1 failed", 1, true), r.stderr)
  end)

  it("is exit 1 when a test cannot be built, and wants a number", function()
    local s = tests 'sh_test { name = "t", srcs = { ":missing" } }\n'
    assert.equal(1, s:test("--runs=2 //:t").exit)
    assert.equal(2, s:test("--runs=0 //:t").exit)
  end)
end)

describe("a test's timeout", function()
  it("ends it, and is told apart from a failure", function()
    local s = tests 'sh_test { name = "t", srcs = { "slow.sh" }, timeout = 1 }\n'
    s:write { ["slow.sh"] = "#!/bin/sh\necho before\nexec sleep 30\n" }
    local r = s:test "//:t"
    assert.equal(3, r.exit)
    assert.equal("timeout", r.tests["//:t"].status)
    assert.is_truthy(r.stderr:find("TIMEOUT //:t", 1, true), r.stderr)
    assert.equal("before\n", s:read(r.tests["//:t"].log))
  end)

  it("is one of genrule, too", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "g", outs = { "g" }, cmd = "exec sleep 30", timeout = 1 }\n' }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("timed out", 1, true), r.stderr)
  end)
end)
