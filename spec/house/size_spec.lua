--- Files of 600 lines, functions of 60, lines of 100 columns: no more.
local tree = require "spec.support.tree"

local sources = tree.files("src lua rules spec .ci", "*.[ch]")
table.move(tree.files("src lua rules spec", "*.lua"), 1, 1000, #sources + 1, sources)

describe("every source file", function()
  it("is found", function()
    assert.is_true(#sources > 50)
  end)

  it("has at most 600 lines", function()
    local long = {}
    for _, path in ipairs(sources) do
      local n = #tree.lines(path)
      if n > 600 then long[#long + 1] = ("%s: %d lines"):format(path, n) end
    end
    assert.same({}, long)
  end)

  it("has functions of at most 60 lines", function()
    local long, seen = {}, 0
    for _, path in ipairs(sources) do
      for _, f in ipairs(tree.functions(path)) do
        seen = seen + 1
        local n = f.last - f.first + 1
        if n > 60 then
          long[#long + 1] = ("%s:%d: %s has %d lines"):format(path, f.first, f.name, n)
        end
      end
    end
    assert.same({}, long)
    assert.is_true(seen > 200)
  end)

  it("has lines of at most 100 columns", function()
    local wide = {}
    for _, path in ipairs(sources) do
      for i, line in ipairs(tree.lines(path)) do
        local n = tree.width(line)
        if n > 100 then wide[#wide + 1] = ("%s:%d: %d columns"):format(path, i, n) end
      end
    end
    assert.same({}, wide)
  end)
end)
