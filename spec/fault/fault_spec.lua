--- A sample of what `make torture` does in full (torture.lua).
local rng_of = require "spec.oracle.rng"
local torture = require "spec.fault.torture"

local seed = tonumber(os.getenv "SKYLUA_SEED") or os.time()
local rng = rng_of.new(seed)
local scene

setup(function() scene = torture.open() end)
teardown(function() torture.close(scene) end)

local function check(wrong, fmt, ...)
  if wrong then
    error(("%s (seed %d): %s"):format(fmt:format(...), seed, wrong), 0)
  end
end

describe("a build that is killed", function()
  for _, state in ipairs { "fresh", "edited" } do
    it(("anywhere is made good by the next one: %s"):format(state), function()
      for _ = 1, 5 do
        local n, how = rng:int(200), rng:pick { "kill", "late" }
        check((torture.kill(scene, state, n, how)), "%s at system call %d", how, n)
      end
    end)
  end
end)

describe("a disk", function()
  it("that refuses anything is named, and nothing is lost", function()
    for _ = 1, 8 do
      local point, why = rng:pick(torture.POINTS), rng:pick(torture.ERRORS)
      local n = rng:int(20) .. (why ~= "EINTR" and rng:pick { "", "+" } or "")
      check((torture.refuse(scene, "edited", point, n, why)), "%s:%s:%s", point, n, why)
    end
  end)

  it("that refuses something is what the specs have, and not only in their names", function()
    local _, struck = torture.refuse(scene, "edited", "write", 1, "ENOSPC")
    assert.is_true(struck)
    _, struck = torture.kill(scene, "edited", 20, "kill")
    assert.is_true(struck)
  end)
end)

describe("a state file", function()
  it("cut or flipped anywhere is survived", function()
    local first = rng:int(4000)
    check((torture.damage(scene, first, 4001)), "from damage %d, each 4001st", first)
  end)
end)
