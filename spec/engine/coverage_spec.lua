--- Each behaviour of the study is a spec or is left out with a reason.

--- Letter -> how many there are.
local STUDY = { B = 13, C = 24, D = 11, I = 5, E = 15, T = 6, F = 17, Y = 16, V = 8, N = 4, S = 12,
  R = 5, X = 7 }

---@return table<string, boolean>
local function in_specs()
  local found = {}
  local function look(files, pattern)
    local pipe = assert(io.popen("cat " .. files))
    for id in pipe:read("a"):gmatch(pattern) do found[id] = true end
    pipe:close()
  end
  look("spec/engine/*_spec.lua spec/c/test_graph.c", '"(%u%d%d) ')
  -- the other ids there are of the seeds
  look("spec/engine_lib/statemachine_spec.lua", '"(S%d%d) ')
  return found
end

describe("the behaviours of the study", function()
  local left_out = require "spec.engine.left_out"
  local specs = in_specs()
  for letter, count in pairs(STUDY) do
    it(letter .. ": each is a spec, or left out", function()
      for i = 1, count do
        local id = ("%s%02d"):format(letter, i)
        assert.is_true(specs[id] or left_out[id] ~= nil, id .. " is neither")
        assert.is_false(specs[id] ~= nil and left_out[id] ~= nil, id .. " is both")
      end
    end)
  end

  it("are all that is named", function()
    for id in pairs(specs) do
      assert.is_true(tonumber(id:sub(2)) <= (STUDY[id:sub(1, 1)] or 0), id .. " is unknown")
    end
    for id in pairs(left_out) do
      assert.is_true(tonumber(id:sub(2)) <= (STUDY[id:sub(1, 1)] or 0), id .. " is unknown")
    end
  end)
end)
