--- Many short actions: nothing is left of them in our process.
local space = require "spec.support.space"

after_each(space.close_all)

local LOOK = "ls /proc/$PPID/fd | wc -l > $(out); cat /proc/[0-9]*/stat 2> /dev/null "
  .. "| awk -v p=$PPID '$4 == p && $3 == \\\"Z\\\"' | wc -l >> $(out)"

local BUILD = [[
genrule { name = "first", outs = { "first.txt" }, cmd = "LOOK" }
local all = {}
for i = 1, 400 do
  all[i] = i .. ".txt"
  -- some leave an orphan, which dies after its parent
  genrule { name = "x" .. i, outs = { all[i] }, srcs = { "first.txt" },
    cmd = i % 10 == 0 and "(true &) ; echo > $(out)" or "echo $$ > $(out)" }
end
genrule { name = "last", outs = { "last.txt" }, srcs = all, cmd = "LOOK" }
]]

describe("many short actions", function()
  it("82: leave no zombie and no open file", function()
    local s = space.new { ["BUILD.lua"] = (BUILD:gsub("LOOK", function() return LOOK end)) }
    local r = s:command("build", "-j8 --sandbox=off --cache=off")
    assert.equal(0, r.exit, r.stderr)
    assert.equal(402, #r.ran)
    local files, zombies = s:read("sky-out/bin/last.txt"):match "^%s*(%d+)%s+(%d+)"
    local before = s:read("sky-out/bin/first.txt"):match "%d+"
    assert.equal("0", zombies)
    -- what is opened once, and for each of the 8 at a time
    assert.is_true(tonumber(files) <= tonumber(before) + 16, files .. ", before: " .. before)
  end)
end)
