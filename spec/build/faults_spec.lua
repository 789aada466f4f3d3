--- Every case of the study on actions and on names has a spec, or a reason why not.
local shell = require "spec.support.events"
local left_out = require "spec.build.faults_left_out"

local CASES = { 61, 62, 63, 64, 65, 66, 68, 70, 71, 72, 73, 74, 76, 77, 78, 79, 80, 82, 83, 85, 87,
  88, 89, 90, 92, 93, 95, 96, 98, 99, 100, 102, 103, 105, 106 }

describe("the cases 61 to 106", function()
  it("have a spec each, or stand in faults_left_out.lua", function()
    local tested, missing, twice = {}, {}, {}
    for path in shell.must("ls spec/build/*_spec.lua"):gmatch("%S+") do
      for number in shell.read(path):gmatch('it[%l_]*%(%(?"case (%d+)[:,]') do
        tested[tonumber(number)] = true
      end
    end
    for _, n in ipairs(CASES) do
      if not tested[n] and not left_out[n] then missing[#missing + 1] = n end
      if tested[n] and left_out[n] then twice[#twice + 1] = n end
    end
    assert.same({}, missing)
    assert.same({}, twice)
  end)
end)
