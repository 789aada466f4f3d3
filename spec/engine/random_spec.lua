--- The random differential test, for some seconds: SKYLUA_RANDOM_STEPS says how long,
-- SKYLUA_RANDOM_SEED where it begins.
local shell = require "spec.support.events"

describe("random programs on the engine and on a plain recursive evaluator", function()
  it("do the same, enter no body twice and record the same groups", function()
    local steps = os.getenv("SKYLUA_RANDOM_STEPS") or "6000"
    local seed = os.getenv("SKYLUA_RANDOM_SEED") or tostring(os.time())
    local code, out, err = shell.sh(("%s lua spec/engine/random.lua steps=%s seed=%s"):format(
      shell.quote(shell.skylua), steps, seed))
    assert.equal(0, code, out .. err)
    assert.matches("%d+ random steps in %d+ programs, no difference\n$", out)
  end)

  it("are cut down to a small one that can be run again", function()
    local program = require "spec.engine.random.program"
    local p = program.random(42)
    local again = load(program.text(p), "p", "t", {})()
    assert.same(p, again)
    local smaller, least = 0, math.huge
    for q in program.smaller(p) do
      smaller, least = smaller + 1, math.min(least, #q.ops)
    end
    assert.is_true(smaller > #p.ops)
    assert.is_true(least < #p.ops)
  end)
end)
