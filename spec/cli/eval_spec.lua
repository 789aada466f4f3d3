--- `skylua eval MODULE.lua NAME ARG`: words, values, errors, --trace.
local shell = require "spec.support.events"

local dir = shell.temp_dir()
teardown(function() shell.must("rm -rf " .. dir) end)

setup(function()
  shell.append(dir .. "/f.lua", [[
local sky = require "skylua"
local F = {}
F.FIB = function(env, n)
  if n < 2 then return n end
  local v = env:get_all { sky.key("FIB", n - 1), sky.key("FIB", n - 2) }
  return v[1] + v[2]
end
F.ECHO = function(_, x) return x end
F.TYPE = function(_, x) return math.type(x) or type(x) end
F.WIDE = function(_, n)
  local t = {}
  for i = n, 1, -1 do t["key" .. i] = { i, ("x"):rep(20), deep = { true, 1.5 } } end
  return t
end
F.TOP = function(env, n) return env:get(sky.key("MIDDLE", n)) end
F.MIDDLE = function(env, n) return env:get(sky.key("BAD", n)) end
F.BAD = function(env, n)
  env:warn "careful"
  env:fail { code = "E9001", message = "there is no " .. n, hint = "try another" }
end
F.RING = function(env, n) return env:get(sky.key("RING", (n + 1) % 3)) end
F.TO_RING = function(env) return env:get(sky.key("RING", 0)) end
F.NOTHING = function() end
return F
]])
  shell.append(dir .. "/broken.lua", "return {\n  F = = 3,\n}\n")
  shell.append(dir .. "/number.lua", "return 3\n")
end)

--- Runs `skylua eval` with these words in a directory without a workspace.
---@return integer code
---@return string out
---@return string err
local function eval(...)
  local words = {}
  for i, word in ipairs { ... } do words[i] = shell.quote(word) end
  return shell.sh(("cd %s && %s eval %s"):format(dir, shell.skylua, table.concat(words, " ")))
end

---@return string out
local function value(...)
  local code, out, err = eval(...)
  assert.equal("", err)
  assert.equal(0, code)
  return out
end

describe("skylua eval", function()
  it("prints a value", function()
    assert.equal("2880067194370816120\n", value("f.lua", "FIB", "90"))
  end)

  it("does so for every number of evaluators", function()
    for n = 0, 4 do
      assert.equal("832040\n", value("f.lua", "FIB", "30", "--evaluators=" .. n))
    end
  end)

  it("reads the argument as a literal, else as a word", function()
    local cases = {
      { "90", "integer" }, { "0x10", "integer" }, { "1.5", "float" }, { "1e3", "float" },
      { "true", "boolean" }, { "word", "string" }, { "two words", "string" }, { "1x", "string" },
      { "\"90\"", "string" }, { "'90'", "string" }, { "[[90]]", "string" }, { "{}", "table" },
      { "//app:x", "string" }, { "a.b", "string" }, { "", "string" }, { "nil", "string" },
    }
    for _, case in ipairs(cases) do
      assert.equal(('"%s"\n'):format(case[2]), value("f.lua", "TYPE", case[1]), case[1])
    end
    assert.equal("-5\n", value("f.lua", "ECHO", "--", "-5"))
  end)

  it("prints values as Lua, with sorted keys", function()
    assert.equal('{ 1, "a\\nb", { ["a b"] = false, ["end"] = 2.0, x = {} }, [5] = "\\"" }\n',
      value("f.lua", "ECHO", '{1, "a\\nb", {x = {}, ["end"] = 2.0, ["a b"] = false}, [5] = \'"\'}'))
    assert.equal('"text"\n', value("f.lua", "ECHO", "text"))
    assert.equal("{}\n", value("f.lua", "ECHO", "{}"))
  end)

  it("breaks what is wide into lines, the same each time", function()
    local x = ("x"):rep(20)
    local line = '  key%d = { %d, "' .. x .. '", deep = { true, 1.5 } },\n'
    local expected = "{\n" .. line:format(1, 1) .. line:format(2, 2) .. line:format(3, 3) .. "}\n"
    for _ = 1, 3 do assert.equal(expected, value("f.lua", "WIDE", "3")) end
    local again = assert(load("return " .. value("f.lua", "WIDE", "20")))()
    assert.equal(20, again.key20[1])
  end)

  it("--trace prints the steps before it", function()
    assert.equal([[
enqueued FIB:2
dequeued FIB:2
enqueued FIB:1
enqueued FIB:0
waiting  FIB:2 on FIB:1, FIB:0
dequeued FIB:1
done     FIB:1 = 1
signal   FIB:1 to FIB:2, 1 remaining
dequeued FIB:0
done     FIB:0 = 0
signal   FIB:0 to FIB:2, 0 remaining
ready    FIB:2
dequeued FIB:2
done     FIB:2 = 1
1
]], value("f.lua", "FIB", "2", "--trace"))
  end)

  it("shows an error with its code and the path to it", function()
    local code, out, err = eval("f.lua", "TOP", "tea")
    assert.equal(1, code)
    assert.equal("", out)
    local text = "error[E9001]: there is no tea\n  help: try another\n"
    assert.equal("warning: BAD:tea: careful\n" .. text
      .. "  path: TOP:tea -> MIDDLE:tea -> BAD:tea\n", err)
    code, out, err = eval("f.lua", "BAD", "tea", "-k")
    assert.equal(1, code)
    assert.equal("", out)
    assert.equal("warning: BAD:tea: careful\n" .. text, err)
  end)

  it("--trace shows where it failed", function()
    local code, out = eval("f.lua", "TOP", "tea", "--trace")
    assert.equal(1, code)
    assert.is_truthy(out:find("failed   BAD:tea: there is no tea\n", 1, true), out)
  end)

  it("shows a cycle, and the way there", function()
    local code, _, err = eval("f.lua", "TO_RING", "x")
    assert.equal(1, code)
    assert.equal("error[E0110]: dependency cycle: RING:0 -> RING:1 -> RING:2 -> RING:0\n"
      .. "    RING:0\n    -> RING:1\n    -> RING:2\n    -> RING:0\n  path: TO_RING:x\n", err)
  end)

  it("shows where Lua code failed, and what a function did wrong", function()
    local code, _, err = eval("f.lua", "FIB", "word")
    assert.equal(1, code)
    assert.is_truthy(err:find("error[E0113]: attempt to compare", 1, true), err)
    assert.is_truthy(err:find("f.lua:4", 1, true), err)
    code, _, err = eval("f.lua", "NOTHING", "x")
    assert.equal(1, code)
    assert.is_truthy(err:find("error[E0111]: NOTHING:x:", 1, true), err)
  end)

  it("suggests a function for one that is not there", function()
    local code, _, err = eval("f.lua", "FIBB", "3")
    assert.equal(1, code)
    assert.is_truthy(err:find("error[E0112]: no function computes FIBB:3", 1, true), err)
    assert.is_truthy(err:find("did you mean 'FIB'?", 1, true), err)
    _, _, err = eval("f.lua", "QQQQQQ", "3")
    assert.is_truthy(err:find("the module has BAD, ECHO, FIB,", 1, true), err)
  end)

  it("says what is wrong with the module", function()
    local code, _, err = eval("none.lua", "FIB", "3")
    assert.equal(2, code)
    assert.is_truthy(err:find("error[E0102]: cannot read none.lua", 1, true), err)
    code, _, err = eval("broken.lua", "FIB", "3")
    assert.equal(1, code)
    assert.is_truthy(err:find("broken.lua:2:", 1, true), err)
    code, _, err = eval("number.lua", "FIB", "3")
    assert.equal(1, code)
    assert.is_truthy(err:find("number.lua returned a number", 1, true), err)
  end)

  it("is wrong use without its three words, or with half a literal", function()
    local cases = {
      { "f.lua" }, { "f.lua", "FIB" }, { "f.lua", "FIB", "3", "4" }, { "f.lua", "ECHO", "{1" },
      { "f.lua", "ECHO", "{a}" }, { "f.lua", "ECHO", "\"a" }, { "f.lua", "ECHO", "{[{}] = 1}" },
      { "-C", "nowhere", "f.lua", "FIB", "3" },
    }
    for _, case in ipairs(cases) do
      local code, out, err = eval(table.unpack(case))
      assert.equal(2, code, table.concat(case, " "))
      assert.equal("", out)
      assert.is_truthy(err:find("^error: "), err)
    end
  end)

  it("goes where -C says", function()
    local code, out = shell.sh(("cd / && %s eval -C %s f.lua FIB 10"):format(shell.skylua, dir))
    assert.equal(0, code)
    assert.equal("55\n", out)
  end)
end)
