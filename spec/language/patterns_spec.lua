--- Patterns with counted steps find what Lua's own find.
local patterns = require "load.patterns"

local stock = { find = string.find, match = string.match, gmatch = string.gmatch,
  gsub = string.gsub }

local ATOMS = { "a", "b", ".", "%a", "%w", "[ab]", "[^a]", "%s", " ", "()", "(a)", "(a*)", "(.-)",
  "%b()", "%f[a]", "%1", "x", "[a-c]", "%(", "]", "-", "^", "$", "[]]", "[^]a]", "%.", "[%a-]" }
local COUNTS = { "", "", "", "*", "+", "-", "?" }
local CHARS = { "a", "b", "c", " ", "(", ")", "x", "]", "-", "^", "$", "." }

--- The same numbers everywhere.
local function random_numbers(seed)
  return function(n)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed // 65536 % n + 1
  end
end

local function shown(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  return table.concat(t, "|")
end

-- All that the functions say of a pattern and a string; mistakes just as mistakes.
local function all_of(f, s, p, init)
  local results = {
    shown(pcall(f.find, s, p, init)),
    shown(pcall(f.match, s, p)),
    shown(pcall(function()
      local out = {}
      for x, y in f.gmatch(s, p) do out[#out + 1] = shown(x, y) end
      return table.concat(out, ";")
    end)),
    shown(pcall(f.gsub, s, p, "<%0>")),
    shown(pcall(f.gsub, s, p, function(...) return "{" .. shown(...) .. "}" end, 2)),
    shown(pcall(f.gsub, s, p, { a = "A", [""] = "E" })),
  }
  for i, text in ipairs(results) do
    if text:find("^false") then results[i] = "a mistake" end
  end
  return results
end

describe("counted patterns", function()
  it("are Lua's, on random ones", function()
    -- a copy of one's own, in which nothing is left to Lua
    local own = assert(loadfile "lua/load/patterns.lua")()
    own.count_all()
    local random = random_numbers(7)
    local same = 0
    for round = 1, 4000 do
      local parts = { random(5) == 1 and "^" or "" }
      for _ = 1, random(5) do
        parts[#parts + 1] = ATOMS[random(#ATOMS)] .. COUNTS[random(#COUNTS)]
      end
      parts[#parts + 1] = random(5) == 1 and "$" or ""
      local p, s = table.concat(parts), {}
      for i = 1, random(13) - 1 do s[i] = CHARS[random(#CHARS)] end
      s = table.concat(s)
      local init = ({ 1, -3, 4, 20 })[round % 4 + 1]
      local want, got = all_of(stock, s, p, init), all_of(own, s, p, init)
      for i, text in ipairs(want) do
        -- Lua finds some mistakes only when it comes to them
        if text ~= got[i] and got[i] ~= "a mistake" then
          error(("%q %q: %s, and not %s"):format(s, p, got[i], text))
        end
        if text == got[i] and text ~= "a mistake" then same = same + 1 end
      end
    end
    assert.is_true(same > 20000)
  end)

  it("give long texts back as they were", function()
    local long = ("key = value\n"):rep(5000)
    local n = 0
    for k, v in patterns.gmatch(long, "(%w+)%s*=%s*(%w+)") do
      assert(k == "key" and v == "value")
      n = n + 1
    end
    assert.are.equal(5000, n)
    assert.are.equal(("key:value\n"):rep(5000),
      (patterns.gsub(long, "(%w+)%s*=%s*(%w+)", "%1:%2")))
    assert.are.equal(long:sub(1, -2), patterns.match("  " .. long, "^%s*(.-)%s*$"))
  end)
end)
