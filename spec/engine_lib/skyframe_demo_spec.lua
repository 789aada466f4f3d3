--- examples/skyframe_demo prints what the demo prints, byte for byte (D01-D06), and the
-- graph has more than the demo's: every dependency.
local shell = require "spec.support.events"

local DEMO = shell.skylua .. " lua examples/skyframe_demo/demo.lua"

---@param name string
---@return string
local function expected(name)
  return shell.read(("spec/engine_lib/expected/%s.txt"):format(name))
end

--- The output of a script that has `sky`, `open(mode, evaluators)` and `facts(engine)`.
---@param body string
---@return string
local function run(body)
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write([[
local sky = require "skylua"
local function open(mode, evaluators, seed)
  return sky.engine { functions = "examples/skyframe_demo/functions.lua", mode = mode,
    evaluators = evaluators, seed = seed }
end
local function list(keys)
  local names = {}
  for i, key in ipairs(keys) do names[i] = tostring(key) end
  table.sort(names)
  return table.concat(names, " ")
end
local function facts(engine)
  local lines = {}
  for i, key in ipairs(engine:keys()) do
    local node = engine:node(key)
    local groups = {}
    for g, group in ipairs(node.groups) do groups[g] = list(group) end
    lines[i] = ("%s needs %s for %s"):format(key, table.concat(groups, " + "), list(node.rdeps))
  end
  table.sort(lines)
  return table.concat(lines, "\n") .. "\n"
end
]], body)
  f:close()
  local out = shell.must(shell.skylua .. " lua " .. path)
  os.remove(path)
  return out
end

describe("the demo", function()
  it("D01 D02 prints the transcript", function()
    local out = shell.must(DEMO .. " --trace")
    assert.equal(expected "skyframe_demo", out)
    assert.equal(4238, #out)
  end)

  it("prints the same from its own directory, as README.md has it", function()
    assert.equal(expected "skyframe_demo", shell.must(
      ("cd examples/skyframe_demo && %s lua demo.lua --trace"):format(shell.skylua)))
  end)

  it("prints only what came out without --trace", function()
    local steps = expected "skyframe_demo":gsub("      [^\n]*\n", ""):gsub("%[%d+%][^\n]*\n", "")
    assert.equal(steps, shell.must(DEMO))
  end)

  for _, name in ipairs { "A", "B", "C", "G" } do
    it("D03 D04 prints the extra transcript " .. name, function()
      assert.equal(expected("skyframe_demo_" .. name), shell.must(DEMO .. " --trace " .. name))
    end)
  end

  for _, name in ipairs { "D", "E", "F" } do
    it("D05 prints an error for " .. name, function()
      local out = shell.must(DEMO .. " --trace " .. name)
      assert.equal(expected("skyframe_demo_" .. name), out)
      assert.is_truthy(out:find("\nerror[E011", 1, true))
      assert.is_nil(out:find("returned:", 1, true))
    end)
  end

  it("prints several, one after the other", function()
    assert.equal(expected "skyframe_demo_C" .. expected "skyframe_demo_A",
      shell.must(DEMO .. " --trace C A"))
  end)

  it("refuses what it does not know", function()
    local code, out, err = shell.sh(DEMO .. " --trace A Z")
    assert.equal(2, code)
    assert.equal("", out)
    assert.is_truthy(err:find("no scenario 'Z'", 1, true))
  end)
end)

describe("the demo's graph", function()
  local FACTS = [[
ARTIFACT:hello.py needs FILE:/workspace/hello.py for ARTIFACT_NESTED_SET:2
ARTIFACT:lib.py needs FILE:/workspace/lib.py for ARTIFACT_NESTED_SET:2
ARTIFACT_NESTED_SET:2 needs ARTIFACT:hello.py + ARTIFACT:lib.py for ]] .. "\n" .. [[
FILE:/workspace/ needs FILE_STATE:/workspace/ for FILE:/workspace/hello.py FILE:/workspace/lib.py
FILE:/workspace/hello.py needs FILE:/workspace/ + FILE_STATE:/workspace/hello.py for ]] .. [[
ARTIFACT:hello.py
FILE:/workspace/lib.py needs FILE:/workspace/ + FILE_STATE:/workspace/lib.py for ARTIFACT:lib.py
FILE_STATE:/workspace/ needs  for FILE:/workspace/
FILE_STATE:/workspace/hello.py needs  for FILE:/workspace/hello.py
FILE_STATE:/workspace/lib.py needs  for FILE:/workspace/lib.py
]]

  it("has every dependency, also those that were done when they were asked for", function()
    local out = run [[
      local engine = open("restart", 0)
      engine:evaluate { sky.key("ARTIFACT", "hello.py") }
      engine:evaluate { sky.key("ARTIFACT", "lib.py") }
      engine:evaluate { sky.key("ARTIFACT_NESTED_SET", 2) }
      io.write(facts(engine))]]
    assert.equal(FACTS, out)
  end)

  it("D06 D-T4 is the same for every mode, number of evaluators and seed", function()
    local out = run [[
      local all, first = 0, nil
      for _, mode in ipairs { "restart", "coroutine" } do
        for evaluators = 0, 4 do
          for seed = 1, 20 do
            local engine = open(mode, evaluators, seed)
            local r = engine:evaluate { sky.key("ARTIFACT_NESTED_SET", 2) }
            local value = r:value(sky.key("ARTIFACT_NESTED_SET", 2))
            assert(value.artifacts[2].content == "bytes(/workspace/lib.py)")
            local text = facts(engine)
            first = first or text
            assert(text == first, text)
            engine:close()
            all = all + 1
          end
        end
      end
      print(all)
      io.write(first)]]
    assert.equal("200\n" .. FACTS, out)
  end)

  it("takes the change of one file through just what needs it", function()
    local out = run [[
      local engine = open("restart", 0)
      local root = sky.key("ARTIFACT_NESTED_SET", 2)
      engine:evaluate { root }
      engine:invalidate { sky.key("FILE_STATE", "/workspace/") }
      local r = engine:evaluate { root }
      print(r.stats.evaluated, r.stats.pruned, r.stats.checked)]]
    assert.equal("1\t1\t6\n", out)
  end)
end)
