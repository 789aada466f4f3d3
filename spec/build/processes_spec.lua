--- Processes of actions: how they end, what outlives them, what they say.
local space = require "spec.support.space"

after_each(space.close_all)

local function one(cmd, more)
  return space.new { ["BUILD.lua"] = ('genrule { name = "g", outs = { "out" }, cmd = %q%s }\n')
    :format(cmd, more and ", " .. more or "") }
end

-- Its own, so that nobody's who runs the same specs is taken for it.
local function nap()
  return ("sleep 7%d.%06d"):format(math.random(9), math.random(999999))
end

-- Six that have left group and session: plain children, double forks, one without environment.
local function daemons(sleep)
  return ([[%s & setsid %s & (setsid %s &) ; (setsid sh -c "%s & %s" &) ; setsid env -i %s & ]])
    :format(sleep, sleep, sleep, sleep, sleep, sleep)
end

describe("what a command leaves behind", function()
  it("case 72: is killed at its end, and named", function()
    local sleep = nap()
    local s = one(sleep .. " & echo > $(out)")
    local r = s:build()
    assert.equal(0, r.exit)
    assert.is_false(s:has_process(sleep))
    assert.equal("warning", r.messages[1].level)
    assert.is_truthy(r.messages[1].text:find "left processes behind.*%(pid %d+%)")
    assert.equal("//:g", r.messages[1].label)
  end)

  it("case 73: is killed though it has a session of its own: at the end of the command", function()
    local sleep = nap()
    local s = one(daemons(sleep) .. "sleep 0.1; echo > $(out)")
    assert.equal(0, s:build().exit)
    assert.is_false(s:has_process(sleep))
  end)

  it("case 73: ... while another runs on", function()
    local sleep = nap()
    local s = space.new { ["BUILD.lua"] = ([[
genrule { name = "a", outs = { "a" }, cmd = %q }
genrule { name = "b", outs = { "b" }, srcs = { "a" },
          cmd = "! cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' | grep %s; echo > $(out)" }
genrule { name = "c", outs = { "c" }, cmd = "setsid sleep 0.6 & wait; echo > $(out)" }
]]):format(daemons(sleep):gsub("setsid env %-i[^&]*& ", "") .. "sleep 0.1; echo > $(out)",
      (sleep:gsub("^s", "[s]"):gsub(" ", "."))) }
    local r = s:command("build", "-j2")
    assert.equal(0, r.exit, r.stderr)
    assert.is_false(s:has_process(sleep))
  end)

  it("case 73: ... at its timeout", function()
    local sleep = nap()
    local s = one(daemons(sleep) .. sleep, "timeout = 1")
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("timed out", 1, true), r.stderr)
    assert.is_false(s:has_process(sleep))
  end)

  it("case 77: ... when its parent has ended before the timeout of the test", function()
    local sleep = nap()
    local s = space.new { ["t.sh"] = "(setsid " .. sleep .. " &)\n" .. sleep .. " & wait\n",
      ["BUILD.lua"] = 'sh_test { name = "t", srcs = { "t.sh" }, timeout = 1 }' }
    assert.equal(3, s:test().exit)
    assert.is_false(s:has_process(sleep))
  end)

  for name, exit in pairs { INT = 130, TERM = 143 } do
    it(("case 73: ... at SIG%s"):format(name), function()
      local sleep = nap()
      local s = one(daemons(sleep) .. "echo > $(out); " .. sleep)
      local got = s:sh(([["$SKYLUA" build > /dev/null 2>&1 & p=$!
        while ! test -s sky-out/bin/out; do sleep 0.02; done; sleep 0.1
        kill -%s $p; wait $p]]):format(name))
      assert.equal(exit, got)
      assert.is_false(s:has_process(sleep))
      assert.is_false(s:exists "sky-out/bin/out")
    end)
  end

  it("case 82: no zombie, no descriptor is left by many commands with orphans", function()
    local s = space.new { ["BUILD.lua"] = [[
local all = {}
for i = 1, 60 do
  all[i] = "o" .. i
  genrule { name = "g" .. i, outs = { all[i] }, cmd = "(true &); (setsid true &); echo > $(out)" }
end
genrule { name = "last", outs = { "last" }, srcs = all, cmd = "for p in "
  .. "$(cat /proc/$PPID/task/$PPID/children); do grep State: /proc/$p/status; done > $(out) "
  .. "2> /dev/null || true; ls /proc/$PPID/fd | wc -l >> $(out)" }
]] }:free()
    local r = s:command("build", "-j8")
    assert.equal(0, r.exit, r.stderr)
    assert.equal(61, #r.ran)
    local last = s:read "sky-out/bin/last"
    assert.is_nil(last:find "zombie", last)
    assert.is_true(tonumber(last:match "(%d+)\n$") < 60, last)
  end)
end)

describe("Ctrl-C", function()
  local STUBBORN = "trap '' TERM INT; echo > $(out); while :; do %s; done"

  --- Starts a build, waits for its output, runs `signals` in a shell with $p, and the exit code.
  local function interrupted(s, signals)
    return (s:sh(([["$SKYLUA" build > ../said 2>&1 & p=$!
      while ! test -s sky-out/bin/out; do sleep 0.02; done; sleep 0.05
      %s; wait $p]]):format(signals)))
  end

  it("case 74: once: who ignores SIGTERM is killed after a grace", function()
    local sleep = nap()
    local s = one(STUBBORN:format(sleep))
    assert.equal(130, interrupted(s, "kill -INT $p"))
    assert.is_false(s:has_process(sleep))
    assert.is_false(s:exists "sky-out/bin/out")
  end)

  it("case 74: twice: at once", function()
    local sleep = nap()
    local s = one(STUBBORN:format(sleep) .. " # " .. daemons(sleep))
    -- without the second one it takes two seconds
    assert.equal(130, interrupted(s, "kill -INT $p; sleep 0.1; kill -INT $p; sleep 1; "
      .. "kill -0 $p 2> /dev/null && kill -KILL $p"))
    assert.is_false(s:has_process(sleep))
    assert.is_false(s:exists "sky-out/bin/out")
  end)

  it("case 71: is told from a failure: nothing has failed, and what was done is kept", function()
    local s = one("echo > $(out); " .. nap())
    assert.equal(130, interrupted(s, "kill -INT $p"))
    assert.is_nil(s:read "../said":find "FAILED")
  end)
end)

describe("Ctrl-Z", function()
  it("stops commands with skylua; time that stands still does not count", function()
    local s = one("echo > $(out); sleep 0.6; echo >> $(out)", "timeout = 1")
    local exit, out = s:sh([["$SKYLUA" build > /dev/null 2>&1 & p=$!
      while ! test -s sky-out/bin/out; do sleep 0.02; done; sleep 0.1
      kill -TSTP $p; sleep 0.3
      for q in $p $(cat /proc/$p/task/$p/children); do grep State: /proc/$q/status; done
      sleep 0.9; kill -CONT $p; wait $p]])
    assert.equal(0, exit)
    assert.same({ 2, 0 }, { select(2, out:gsub("%(stopped%)", "")),
      select(2, out:gsub("%(sleeping%)", "")) })
  end)
end)

describe("the end of skylua by kill -9", function()
  it("case 28: ends its commands, and the next build is right", function()
    local sleep = nap()
    local s = one("[ -e go ] || exec " .. sleep .. "; echo > $(out)")
    s:sh([["$SKYLUA" build > /dev/null 2>&1 & p=$!
      until [ -n "$(cat /proc/$p/task/$p/children)" ]; do sleep 0.02; done
      sleep 0.1; kill -9 $p; wait $p; sleep 0.1]])
    assert.is_false(s:has_process(sleep))
    s:write { go = "" }:built()
  end)
end)

describe("a command under a terminal", function()
  if os.execute "command -v tmux > /dev/null 2>&1" ~= true then
    pending "needs tmux"
    return
  end

  --- A terminal with a shell in the workspace: tmux with a server of its own.
  local function terminal(s)
    local tmux = ("tmux -L skylua-%s -f /dev/null "):format(s.base:match "[^/]+$")
    local t = {}
    function t.keys(text) s:run(tmux .. "send-keys -t w " .. text) end
    function t.wait(test)
      return (s:sh(("for i in $(seq 200); do if %s; then exit 0; fi; sleep 0.03; done; %s "
        .. "capture-pane -p -t w; exit 1"):format(test, tmux))) == 0
    end
    function t.show() return s:run(tmux .. "capture-pane -p -t w") end
    function t.close() s:sh(tmux .. "kill-server") end
    s:run(tmux .. 'new-session -d -s w -x 80 -y 24 "env PS1=READY sh -i"')
    return t
  end

  local function built_in(s)
    local t = terminal(s)
    s:write { ["../start"] = "echo $$ > ../pid; exec \"$SKYLUA\" build\n" }
    t.keys "'sh ../start; echo ended $? > ../code' Enter"
    assert.is_true(t.wait "test -s sky-out/bin/out")
    return t
  end

  it("case 74: Ctrl-C ends it, and the terminal is as before", function()
    local sleep = nap()
    local s = one("echo > $(out); " .. daemons(sleep) .. sleep)
    local t = built_in(s)
    t.keys "C-c"
    assert.is_true(t.wait "test -s ../code")
    assert.equal("ended 130\n", s:read "../code")
    assert.is_false(s:has_process(sleep))
    t.keys "'stty -a > ../tty' Enter"
    assert.is_true(t.wait "test -s ../tty")
    assert.is_truthy(s:read "../tty":find "[^-]echo ")
    t.close()
  end)

  it("Ctrl-Z stops it, fg goes on", function()
    local s = one("echo > $(out); until [ -e go ]; do sleep 0.02; done; echo ok > $(out)")
    local t = built_in(s)
    t.keys "C-z"
    local stopped = t.wait "grep -q 'T (stopped)' /proc/$(cat ../pid)/status"
    assert.is_true(stopped, t.show())
    s:write { go = "" }:run "sleep 0.2"
    assert.equal("\n", s:read "sky-out/bin/out")
    t.keys "fg Enter"
    assert.is_true(t.wait "! test -d /proc/$(cat ../pid)")
    assert.equal("ok\n", s:read "sky-out/bin/out")
    assert.same({}, s:build().ran)
    t.close()
  end)

  it("a closed terminal ends it", function()
    local sleep = nap()
    local s = one("echo > $(out); " .. daemons(sleep) .. sleep)
    local t = built_in(s)
    t.close()
    local pattern = sleep:gsub("^s", "[s]"):gsub(" ", ".")
    local gone = s:sh(("for i in $(seq 100); do if ! grep -qs %q /proc/[0-9]*/cmdline; "
      .. "then exit 0; fi; sleep 0.03; done; exit 1"):format(pattern))
    assert.equal(0, gone)
  end)
end)

describe("what a command prints", function()
  it("case 78: is kept at both ends; all of it lies in a log", function()
    local s = one("echo first; head -c 30000000 /dev/zero; printf '\\377\\n'; echo last; "
      .. "echo > $(out)")
    local r = s:build()
    assert.equal(0, r.exit)
    assert.is_true(#r.stderr < 1000000, #r.stderr)
    assert.is_truthy(r.stderr:find("first\n", 1, true) and r.stderr:find("last\n", 1, true))
    local log = r.stderr:match "bytes left out; all of it: (%S+) %.%.%."
    assert.equal("sky-out/log/g.log.1", log)
    assert.equal("30000013", s:run("wc -c < " .. log):match "%d+")
  end)

  it("case 78: a test's log has all of it", function()
    local s = space.new { ["t.sh"] = "echo first; head -c 3000000 /dev/zero | tr '\\0' x; exit 1\n",
      ["BUILD.lua"] = 'sh_test { name = "t", srcs = { "t.sh" } }' }
    assert.equal(3, s:test().exit)
    assert.equal("3000006", s:run("wc -c < sky-out/log/t.log"):match "%d+")
  end)

  it("case 79: comes from /dev/null when it reads its input", function()
    local s = one("cat > $(out); readlink /proc/self/fd/0 >> $(out)")
    assert.equal(0, (s:sh 'echo no | "$SKYLUA" build -q'))
    assert.equal("/dev/null\n", s:read "sky-out/bin/out")
  end)
end)
