--- Long chains, wide nodes and long cycles, with a C stack of 256 KiB and at full
-- size (SKYLUA_BIG=1) in time that is linear in their size.
local shell = require "spec.support.events"

local FULL = os.getenv("SKYLUA_BIG") == "1"

local CASES = {
  { what = "chain", name = "a chain of keys", small = 60000, full = 1000000 },
  { what = "wide", name = "a node with as many dependencies", small = 60000, full = 1000000 },
  { what = "fan", name = "a node with as many dependents", small = 60000, full = 1000000 },
  { what = "cycle", name = "a cycle", small = 20000, full = 100000 },
  { what = "above", name = "a chain above a cycle", small = 40000, full = 1000000 },
}

--- Runs one case; the times of its parts, in their order.
---@param what string
---@param size integer
---@param evaluators integer
---@return number[] seconds
local function run(what, size, evaluators)
  local code, out, err = shell.sh(("ulimit -s 256; %s lua spec/engine/big.lua %s %d %d"):format(
    shell.quote(shell.skylua), what, size, evaluators))
  assert.equal(0, code, out .. err)
  local seconds = {}
  for s in out:gmatch(": ([%d.]+) s,") do seconds[#seconds + 1] = tonumber(s) end
  return seconds
end

-- The thread sanitizer makes each suspended computation some hundred times dearer.
local SLOW = shell.skylua:find("tsan", 1, true) and 20 or 1

describe("big graphs", function()
  for _, case in ipairs(CASES) do
    local size = (FULL and case.full or case.small) // SLOW
    it(("%s: %d"):format(case.name, size), function()
      local big = run(case.what, size, 0)
      -- at full size, asked for by hand: four times as much work as a quarter; the rest
      -- is for caches and a busy machine
      local small = FULL and run(case.what, size // 4, 0) or {}
      for i, s in ipairs(small) do
        assert.is_true(big[i] < 4 * s * 4 + 0.5, ("part %d: %.3f s, and %.3f s for a quarter")
          :format(i, big[i], s))
      end
    end)
  end

  it("the same with two evaluators", function()
    for _, case in ipairs(CASES) do run(case.what, case.small // SLOW // 10, 2) end
  end)
end)
