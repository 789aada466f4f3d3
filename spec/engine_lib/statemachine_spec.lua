--- `skylua.statemachine`: the guide's examples (M01-M13) and what Skyframe's own tests of
-- state machines count (S07-S12).
local shell = require "spec.support.events"

local dir = shell.temp_dir()
teardown(function() shell.must("rm -rf " .. dir) end)

local PRELUDE = [[
local sky = require "skylua"
local word, root = sky.fn "WORD", sky.fn
local engine, r
local function open(options)
  options.functions = options.functions or "spec/engine_lib/machines.lua"
  options.evaluators = options.evaluators or 0
  engine = sky.engine(options)
end
local function show(key, ...)
  r = engine:evaluate({ key }, ...)
  local err = r:error(key)
  print(err and err.message or r:value(key), r.stats.restarted)
end
local function groups(key)
  for _, group in ipairs(engine:node(key).groups) do
    local names = {}
    for i, dep in ipairs(group) do names[i] = tostring(dep) end
    print(table.concat(names, " "))
  end
end
]]

--- Runs a script with `skylua lua` in the root of the checkout.
---@param body string
---@return string out
---@return string[] steps  what the machines have said
local function run(body)
  local path, steps = dir .. "/script.lua", dir .. "/steps"
  shell.must("rm -f " .. steps)
  shell.must("touch " .. steps)
  local f = assert(io.open(path, "w"))
  f:write(PRELUDE, body)
  f:close()
  local code, out, err = shell.sh(("STEPS=%s %s lua %s"):format(steps, shell.skylua, path))
  assert.equal(0, code, err)
  local list = {}
  for line in io.lines(steps) do list[#list + 1] = line end
  return out, list
end

---@param steps string[]
---@param text string
---@return integer
local function count(steps, text)
  local n = 0
  for _, step in ipairs(steps) do
    if step == text then n = n + 1 end
  end
  return n
end

--- What WIDE makes of `n` look-ups by 1.
---@param n integer
---@return integer
local function wide(n)
  local sum = 0
  for i = 1, n do sum = sum + #tostring(i % 97) + (i % 3 == 0 and #"broken slow " or 0) end
  return sum
end

---@param lines string[]
---@return string
local function text(lines) return table.concat(lines, "\n") .. "\n" end

local UNHANDLED = "show(root 'UNHANDLED' '') print(r:error(root 'UNHANDLED' '').key)"

for _, mode in ipairs { "restart", "coroutine" } do
  describe("a state machine in " .. mode .. " mode", function()
    local open = ("open { mode = %q }\n"):format(mode)
    local going = ("open { mode = %q, keep_going = true }\n"):format(mode)

    it("S07 takes two restarts for two look-ups that follow each other", function()
      local out, steps = run(open .. "show(root 'TWO_STEPS' '')")
      assert.equal("A1 A2\t2\n", out)
      assert.same({ "built", "step 1", "not yet", "sink A1", "step 2", "not yet", "sink A2" },
        steps)
    end)

    it("S08 takes three restarts for two chains of three, and one group each", function()
      local out, steps = run(open .. "show(root 'CHAINS' '') groups(root 'CHAINS' '')")
      assert.equal(text { "A1 A2 A3 B1 B2 B3\t3", "WORD:A1 WORD:B1", "WORD:A2 WORD:B2",
        "WORD:A3 WORD:B3" }, out)
      for _, name in ipairs { "A1", "A2", "A3", "B1", "B2", "B3" } do
        assert.equal(1, count(steps, "step " .. name))
        assert.equal(1, count(steps, "sink " .. name))
      end
    end)

    it("S08 takes two when both chains are shorter by one, at different places", function()
      local out = run(open .. "engine:evaluate { word 'A1', word 'B3' } show(root 'CHAINS' '')")
      assert.equal("A1 A2 A3 B1 B2 B3\t2\n", out)
    end)

    it("S09 takes none over dependencies that are done", function()
      local out, steps = run(open .. [[
        local all = {}
        for i = 1, 3 do all[#all + 1] = word("A" .. i) all[#all + 1] = word("B" .. i) end
        engine:evaluate(all)
        show(root 'CHAINS' '')]])
      assert.equal("A1 A2 A3 B1 B2 B3\t0\n", out)
      assert.equal(0, count(steps, "not yet"))
    end)

    it("S09 M13 comes to the same when its state is gone each time", function()
      local out, steps = run(open .. [[
        show(root 'FORGETFUL' '') groups(root 'FORGETFUL' '')]])
      assert.equal(text { "A1 A2 A3 B1 B2 B3\t3", "WORD:A1 WORD:B1", "WORD:A2 WORD:B2",
        "WORD:A3 WORD:B3" }, out)
      assert.equal(4, count(steps, "built"))
      assert.equal(4, count(steps, "step A1"))
      assert.equal(2, count(steps, "step A3"))
    end)

    it("S10 fails with an error that no sink wants, keep_going: built once", function()
      local out, steps = run(going .. UNHANDLED)
      assert.equal("broken !A1\t1\nBROKEN:!A1\n", out)
      assert.equal(1, count(steps, "built"))
      assert.equal(2, count(steps, "not yet"))
      assert.equal(1, count(steps, "sink B1"))
      assert.equal(0, count(steps, "step B2"))
    end)

    it("S10 the same failing fast: built twice, for the state goes before bubbling", function()
      local out, steps = run(open .. UNHANDLED)
      assert.equal("broken !A1\t1\nBROKEN:!A1\n", out)
      assert.equal(2, count(steps, "built"))
      assert.equal(2, count(steps, "not yet"))
    end)

    it("S11 swallows an error, keep_going", function()
      assert.equal("broken A1\t1\n", (run(going .. "show(root 'SWALLOWED' '') assert(r:ok())")))
    end)

    it("S11 cannot swallow one failing fast", function()
      assert.equal("broken A1\t1\n", (run(open .. "show(root 'SWALLOWED' '') assert(not r:ok())")))
    end)

    it("S12 M08 raises a producer's error though another look-up is open", function()
      local out, steps = run(open .. [[
        show(root 'PRODUCER' '')
        assert(not engine:node(word "slow"))]])
      assert.equal("it says: broken B\t1\n", out)
      assert.same({ "built" }, steps)
    end)

    it("S12 M08 the same with keep_going", function()
      local out = run(going .. "show(root 'PRODUCER' '')")
      assert.is_truthy(out:find "^it says: broken B\t")
    end)

    it("M06 takes the errors it names; others pass through", function()
      assert.equal("took E92\t1\nbroken long\t1\n", (run(going
        .. "show(root 'CODES' 'ab') show(root 'CODES' 'long')")))
    end)

    it("fails with the error that no sink has taken", function()
      assert.equal("broken not taken\t1\n", (run(going .. "show(root 'ONE_TAKEN' '')")))
    end)

    it("M10 prefers the first error to a value", function()
      assert.equal("error first\t0\n", (run(open .. "show(root 'BOTH' '')")))
    end)

    it("M05 runs what follows a machine after an error too", function()
      assert.equal("after broken x\t1\n", (run(going .. "show(root 'AFTER_ERROR' '')")))
    end)

    it("may be a table with a step", function()
      assert.equal("object A1\t1\n", (run(open .. "show(root 'OBJECT' '')")))
    end)

    it("goes deep without a deep stack, and wide in one restart", function()
      assert.equal("bottom\t1\n", (run(open .. "show(root 'DEEP' (100000))")))
      -- in restart mode the 97 keys in error are entered twice as well
      local restarts = mode == "restart" and 98 or 1
      assert.equal(("%d\t%d\n"):format(wide(100000), restarts), (run(going
        .. "show(root 'WIDE' { n = 100000, by = 1 })")))
    end)

    it("says what is wrong", function()
      local cases = {
        nothing = "what a step returned is a nil: wanted a function(tasks), a table with a step, "
          .. "or DONE",
        no_value = "the machine has ended without set_value or set_error",
        no_key = "a look-up wants a key and a function that takes its value, not a string and "
          .. "a function",
        no_sink = "a look-up wants a key and a function that takes its value, not a userdata "
          .. "and a nil",
        no_machine = "what is enqueued is a number: wanted a function(tasks), a table with a "
          .. "step, or DONE",
        no_error = "set_error wants an error",
        outside = "tasks is used outside of a step",
        raises = "in the sink",
      }
      for which, message in pairs(cases) do
        local out = run(going .. ("show(root 'MISTAKE' %q)"):format(which))
        assert.equal(message, out:match "^(.-)\t", which)
      end
    end)
  end)
end

describe("a step that waits", function()
  it("is a mistake in restart mode", function()
    local out = run("open { mode = 'restart' }\nshow(root 'MISTAKE' 'waits')")
    assert.is_truthy(out:find("may not wait with env:get", 1, true), out)
  end)
end)

describe("state machines on threads", function()
  it("M11 give the same values for every number of evaluators and every seed", function()
    local out = run [[
      local function all(options)
        open(options)
        local keys, values = {}, {}
        for by = 1, 60 do keys[by] = root "WIDE" { n = 40, by = by } end
        r = engine:evaluate(keys)
        for i, key in ipairs(keys) do values[i] = r:value(key) or r:error(key).message end
        engine:close()
        return table.concat(values, " ")
      end
      local first
      for _, mode in ipairs { "restart", "coroutine" } do
        for evaluators = 0, 4, 2 do
          for seed = 1, 3 do
            local values = all { mode = mode, evaluators = evaluators, seed = seed,
              keep_going = true }
            first = first or values
            if values ~= first then print(mode, evaluators, seed, values, first) end
          end
        end
      end
      print(first:match "^%d+ %d+ " and "same")]]
    assert.equal("same\n", out)
  end)
end)

describe("examples/statemachine", function()
  it("prints the same values for machines and coroutines, and the counts", function()
    local out = shell.must(shell.skylua .. " lua examples/statemachine/demo.lua")
    local rows = {}
    for line in out:gmatch "[^\n]+" do rows[#rows + 1] = line:gsub("%s+", " ") end
    assert.same({ " machine coroutine",
      "HELLO_WORLD hello world 0 restarts 0 resumes",
      "TWO_STEPS AFTER A1 2 restarts 2 resumes",
      "PARALLEL_CHAINS A1 A2 A3 | B1 B2 B3 3 restarts 3 resumes",
      "SUBTASKS 3 0 restarts 0 resumes",
      "ASB A S B 1 restart 1 resume",
      "XSY X S Y 1 restart 1 resume",
      "DELEGATION K1 K2 1 restart 1 resume",
      "NO_DELEGATION K1 K2 2 restarts 2 resumes",
      "VALUE_OR_ERROR the BAR 1 restart 1 resume",
      "VALUE_OR_ERROR error: no bar today: there is no bar 1 restart 0 resumes" }, rows)
  end)

  it("does so in the other mode, with threads and when states vanish", function()
    local out = run [[
      for _, functions in ipairs { "machines", "coroutines" } do
        for _, mode in ipairs { "restart", "coroutine" } do
          for seed = 1, 8 do
            open { functions = "examples/statemachine/" .. functions .. ".lua", mode = mode,
              evaluators = seed % 3, seed = seed }
            local keys = {}
            for _, name in ipairs { "HELLO_WORLD", "TWO_STEPS", "PARALLEL_CHAINS", "SUBTASKS",
              "ASB", "XSY", "DELEGATION", "NO_DELEGATION", "VALUE_OR_ERROR" } do
              keys[#keys + 1] = root(name) ""
            end
            r = engine:evaluate(keys)
            local values = {}
            for i, key in ipairs(keys) do values[i] = tostring(r:value(key)) end
            engine:close()
            print(table.concat(values, ", "))
          end
        end
      end]]
    local line = "hello world, AFTER A1, A1 A2 A3 | B1 B2 B3, 3, A S B, X S Y, K1 K2, K1 K2, "
      .. "the BAR\n"
    assert.equal(line:rep(32), out)
  end)
end)
