--- Facts about build systems, with the numbers of the study: failure, interruption, and what is
-- kept of a build.
local space = require "spec.support.space"

after_each(space.close_all)

local FOUR = [[
for i = 1, 3 do
  genrule { name = "f" .. i, outs = { "f" .. i },
            cmd = "sleep 0.1; test -e ../good; echo > $(out)" }
end
genrule { name = "all", srcs = { "f1", "f2", "f3" }, outs = { "all.out" },
          cmd = "cat $(in) > $(out)" }
]]

local function one(cmd)
  return space.new {
    ["BUILD.lua"] = ('genrule { name = "g", srcs = { "a" }, outs = { "g" }, cmd = %q }')
      :format(cmd),
    a = "good\n",
  }
end

-- Its own, so that nobody's who runs the same specs is taken for it.
local NAP = ("sleep 63.%06d"):format(math.random(999999))

--- Does a process whose command line has `text` run?
local function runs(s, text)
  return s:has_process(text)
end

describe("fact", function()
  it("49: with -k all that can fail does, once; without it at most what runs already", function()
    local s = space.new { ["BUILD.lua"] = FOUR }
    local r = s:build "-k"
    assert.equal(1, r.exit)
    assert.same({ {}, 3 }, { r.ran, #r.failed })
    -- one more may have been started before the first failure was understood
    for jobs = 1, 2 do
      r = s:command("build", "-j " .. jobs)
      assert.same({}, r.ran)
      assert.is_true(#r.failed >= 1 and #r.failed <= jobs + 1, #r.failed .. " failed")
    end
    s:run "touch ../good"
    s:built()
  end)

  it("50: a failed action's output is not there and not believed", function()
    local s = one "cp $(in) $(out); grep -q good $(in)"
    s:built():write { a = "bad\n" }
    for _ = 1, 2 do
      assert.same({ "Genrule g" }, s:build().failed)
      assert.is_false(s:exists "sky-out/bin/g")
    end
    s:write { a = "good\n" }:built()
    assert.equal("good\n", s:read "sky-out/bin/g")
  end)

  it("51: back to what was good: it is restored, nothing is up to date by accident", function()
    local s = one "cp $(in) $(out); grep -q good $(in)"
    s:built():write { a = "bad\n" }:build()
    s:write { a = "good\n" }
    local back = s:build()
    assert.same({ {}, { "Genrule g" } }, { back.ran, back.restored })
    assert.equal("good\n", s:read "sky-out/bin/g")
    assert.same({}, s:build().restored)
  end)

  for name, exit in pairs { INT = 130, TERM = 143, HUP = 129 } do
    it(("52: SIG%s ends all processes; what was done is kept"):format(name), function()
      local s = space.new { ["BUILD.lua"] = [[
genrule { name = "first", outs = { "first.out" }, cmd = "echo > $(out)" }
genrule { name = "long", srcs = { ":first" }, outs = { "long.out" },
          cmd = "echo half > $(out); [ -e ../go ] || (]] .. NAP .. [[; :); echo > $(out)" }
]] }
      local got = s:sh([["$SKYLUA" build > /dev/null 2>&1 & p=$!
        while ! test -s sky-out/bin/long.out; do sleep 0.02; done
        kill -]] .. name .. [[ $p; wait $p]])
      assert.equal(exit, got)
      assert.is_false(runs(s, NAP))
      assert.is_false(s:exists "sky-out/bin/long.out")
      s:run "touch ../go"
      assert.same({ "Genrule long.out" }, s:build().ran)
    end)
  end

  it("53: kill -9 needs no tidying up; nothing half done is believed", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "first", outs = { "first.out" }, cmd = "echo > $(out)" }
genrule { name = "long", srcs = { ":first" }, outs = { "long.out" },
          cmd = "echo half > $(out); [ -e ../go ] || sleep 1.5; echo whole > $(out)" }
]] }
    s:sh([["$SKYLUA" build > /dev/null 2>&1 & p=$!
      while ! test -s sky-out/bin/long.out; do sleep 0.02; done
      kill -9 $p; wait $p]])
    s:run "touch ../go"
    assert.same({ "Genrule long.out" }, s:build().ran)
    assert.equal("whole\n", s:read "sky-out/bin/long.out")
  end)

  it("56: only what an edited rule library says is evaluated again", function()
    local function library(salt)
      return ([[
local r = rule { impl = function(ctx)
  return { DefaultInfo { files = { ctx:write(ctx.name .. ".txt", "%s") } } }
end }
return { r = r }
]]):format(salt)
    end
    local s = space.new {
      ["one.lua"] = library "1", ["two.lua"] = library "2",
      ["BUILD.lua"] = 'load("//one.lua").r { name = "one" }\nload("//two.lua").r { name = "two" }',
    }:built()
    s:write { ["one.lua"] = "-- a note\n" .. library "1" }
    assert.same({}, s:build().ran)
    s:write { ["one.lua"] = library "3" }
    assert.same({ "Write one.txt" }, s:build().ran)
  end)

  it("57: the state does not grow without end", function()
    local function build(i)
      return ([[
local r = rule { impl = function(ctx)
  return { DefaultInfo { files = { ctx:write("out", string.rep("%d", 300000)) } } }
end }
r { name = "big" }
]]):format(i)
    end
    local s = space.new { ["BUILD.lua"] = build(1) }
    local largest = 0
    for i = 1, 9 do
      s:write { ["BUILD.lua"] = build(i) }:built()
      largest = math.max(largest, tonumber(s:run "stat -c %s sky-out/state/graph.log"))
    end
    assert.is_true(largest > 300000 and largest < 3000000, tostring(largest))
    assert.same({}, s:build().ran)
  end)

  it("58: of two builds at once the second waits, and each action runs once", function()
    local s = one("echo ran >> ../log; sleep 0.4; cp $(in) $(out)"):free()
    local exit, _, err = s:sh([["$SKYLUA" build --sandbox=off > ../1 2>&1 & p=$!
      while ! test -s ../log; do sleep 0.02; done
      "$SKYLUA" build --sandbox=off; e=$?; wait $p; exit $((e + $?))]])
    assert.equal(0, exit)
    assert.equal("ran\n", s:run "cat ../log")
    assert.is_truthy(err:find("pid %d+, skylua build"), err)
  end)

  it("59: a command that a signal ended is named with it", function()
    local s = one "kill -SEGV $$"
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("SIGSEGV", 1, true), r.stderr)
    assert.same({ "Genrule g" }, s:build().failed)
  end)

  it("60: with -k the failures stand at the end, and only the rest is done next time", function()
    local s = space.new { a = "x\n", ["BUILD.lua"] = [[
genrule { name = "bad", srcs = { "a" }, outs = { "bad.out" },
          cmd = "grep y $(in); cp $(in) $(out)" }
genrule { name = "after", srcs = { ":bad" }, outs = { "after.out" }, cmd = "cp $(in) $(out)" }
genrule { name = "good", srcs = { "a" }, outs = { "good.out" }, cmd = "wc -l < $(in) > $(out)" }
genrule { name = "later", srcs = { ":good" }, outs = { "later.out" }, cmd = "cp $(in) $(out)" }
]] }
    local r = s:build "-k"
    assert.equal(1, r.exit)
    assert.same({ "Genrule good.out", "Genrule later.out" }, r.ran)
    local tail = r.stderr:match("\nfailed: .*")
    assert.is_truthy(tail and tail:find("//:bad", 1, true), r.stderr)
    s:write { a = "y\n" }
    r = s:build "-k"
    table.sort(r.ran)
    assert.same({ "Genrule after.out", "Genrule bad.out", "Genrule good.out" }, r.ran)
  end)
end)

describe("a mistake that is put right", function()
  local BUILD = [[
genrule { name = "a", srcs = { "s" }, outs = { "a.out" }, cmd = "cp $(in) $(out)" }
genrule { name = "b", srcs = { ":a" }, outs = { "b.out" }, cmd = "cp $(in) $(out)" }
]]
  local function ab()
    return space.new { ["BUILD.lua"] = BUILD, s = "1\n" }:built()
  end

  it("in a BUILD.lua runs nothing", function()
    local s = ab()
    for _, flags in ipairs { "", "-k", "-k //:b" } do
      s:write { ["BUILD.lua"] = BUILD .. "genrule {\n" }
      assert.equal(1, s:build(flags).exit)
      s:write { ["BUILD.lua"] = BUILD }
      assert.same({}, s:build().ran)
    end
  end)

  it("in the names of sources runs nothing", function()
    local s = ab()
    s:run "mv s t"
    assert.equal(1, s:build("-k").exit)
    assert.equal(1, s:build("-k").exit)
    s:run "mv t s"
    assert.same({}, s:build().ran)
  end)

  it("runs what else changed meanwhile", function()
    local s = ab()
    s:write { ["BUILD.lua"] = BUILD .. "genrule {\n" }:build "-k"
    s:write { ["BUILD.lua"] = BUILD, s = "2\n" }
    assert.same({ "Genrule a.out", "Genrule b.out" }, s:build().ran)
    s:write { ["BUILD.lua"] = BUILD .. "genrule {\n" }:build "-k"
    s:write { ["BUILD.lua"] = BUILD }:run "echo 3 > sky-out/bin/a.out"
    local r = s:build()
    assert.same({ {}, { "Genrule a.out" } }, { r.ran, r.restored })
    assert.equal("2\n", s:read "sky-out/bin/b.out")
  end)
end)
