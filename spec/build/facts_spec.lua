--- Every fact has a spec, or a reason why not.
local shell = require "spec.support.events"
local left_out = require "spec.build.facts_left_out"

describe("the facts 1 to 42 and 49 to 60", function()
  it("have a spec each, or stand in facts_left_out.lua", function()
    local tested, missing, twice = {}, {}, {}
    for path in shell.must("ls spec/build/*_spec.lua"):gmatch("%S+") do
      for number in shell.read(path):gmatch('it%(%(?"(%d+)[:,]') do
        tested[tonumber(number)] = true
      end
    end
    for n = 1, 60 do
      if n <= 42 or n >= 49 then
        if not tested[n] and not left_out[n] then missing[#missing + 1] = n end
        if tested[n] and left_out[n] then twice[#twice + 1] = n end
      end
    end
    assert.same({}, missing)
    assert.same({}, twice)
  end)
end)
