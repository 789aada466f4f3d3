local words = require "scripts.words"

-- Under busted, and without it.
local describe = describe or function(_, f) f() end
local it = it or function(_, f) f() end

describe("words", function()
  it("are split at spaces", function()
    local list = words.split " one  two "
    assert(#list == 2 and list[1] == "one" and list[2] == "two")
  end)
end)
