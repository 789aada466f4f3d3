--- Some seconds of random edits (random_builds.lua runs as long as one likes), and proof that the
-- oracle sees what is wrong.
local oracle = require "spec.oracle.random_builds"
local runner = require "spec.oracle.runner"
local shell = require "spec.support.events"

local SECONDS = 8

describe("random edits of random workspaces", function()
  it("are built as in a clean copy, and nothing else runs", function()
    local seed = tonumber(os.getenv "SKYLUA_SEED") or os.time()
    local done, bad, why = oracle.run(seed, 1000000, SECONDS)
    if bad then
      error(("workspace %d, step %d: %s\nSKYLUA_SCRIPT='%s' lua5.4 spec/oracle/random_builds.lua")
        :format(bad.seed, #bad.steps, why, oracle.spelled(bad)), 0)
    end
    assert.is_true(done > 0)
  end)
end)

describe("the oracle", function()
  local real, dir = shell.skylua, nil

  before_each(function() dir = shell.temp_dir() end)
  after_each(function()
    shell.skylua = real
    shell.must("rm -rf " .. dir)
  end)

  --- Puts a script between itself and skylua; in a clean copy it changes nothing.
  local function meddle(before, after)
    local path = dir .. "/skylua"
    shell.append(path, ("#!/bin/sh\ncase $PWD in */ws) %s;; esac\n%s \"$@\"\ne=$?\n"
      .. "case $PWD in */ws) %s;; esac\nexit $e\n"):format(before, shell.quote(real), after))
    shell.must("chmod +x " .. path)
    shell.skylua = path
    return runner.run(oracle.script(1, 6))
  end

  it("sees an output that is wrong", function()
    local why = meddle(":", "find sky-out/bin* -name '*.out' -exec sed -i s/^/x/ {} +")
    assert.is_truthy(why and why:find("differs", 1, true), why)
  end)

  it("sees actions that need not run", function()
    local why = meddle("rm -f sky-out/state/graph.log", ":")
    assert.is_truthy(why and why:find("ran", 1, true), why)
  end)

  it("sees another exit code", function()
    local why = meddle(":", "e=9")
    assert.is_truthy(why and why:find("exit 9", 1, true), why)
  end)

  it("finds nothing when nobody meddles, and reads the scripts that it prints", function()
    local script = oracle.script(1, 6)
    assert.equal(nil, (runner.run(oracle.parse(oracle.spelled(script)))))
    assert.same(script, oracle.parse(oracle.spelled(script)))
  end)
end)
