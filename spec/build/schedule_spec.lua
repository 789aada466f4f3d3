--- Which processes run, when, and how many at once.
local overlap = require "spec.support.overlap"
local space = require "spec.support.space"

after_each(space.close_all)

--- A genrule that prints its span into its output.
---@param name string
---@param more? string  other attributes
---@return string
local function timed(name, more)
  return ("genrule { name = %q, outs = { %q }, cmd = %q, %s }\n"):format(name, name .. ".txt",
    "{ " .. overlap.command() .. "; } > $(out)", more or "")
end

---@param s Space
---@param names string[]
---@return Span[]
local function spans(s, names)
  local all = {}
  for _, name in ipairs(names) do
    overlap.spans(s:read("sky-out/bin/" .. name .. ".txt") or "", all)
  end
  return all
end

---@param n integer
---@param more? string
---@return string build
---@return string[] names
local function many(n, more)
  local lines, names = {}, {}
  for i = 1, n do
    names[i] = "x" .. i
    lines[i] = timed(names[i], more)
  end
  return table.concat(lines), names
end

describe("-j N", function()
  it("runs no more than N at once", function()
    local build, names = many(9)
    local s = space.new { ["BUILD.lua"] = build }
    assert.equal(0, s:command("build", "-j3").exit)
    assert.is_true(overlap.most(spans(s, names)) <= 3)
  end)

  it("runs N at once", function()
    -- each of the two waits for the other
    local meet = 'genrule { name = "%s", outs = { "%s.txt" }, timeout = 20, cmd = "echo > $(out); '
      .. 'until [ -e sky-out/bin/%s.txt ]; do sleep 0.01; done" }\n'
    local s = space.new { ["BUILD.lua"] = meet:format("a", "a", "b") .. meet:format("b", "b", "a") }
    local r = s:command("build", "-j2")
    assert.equal(0, r.exit, r.stderr)
    assert.equal(2, #r.ran)
  end)
end)

describe("a pool", function()
  it("runs no more of its actions than its depth", function()
    local build, names = many(6, 'pool = "narrow"')
    local s = space.new {
      ["WORKSPACE.lua"] = 'pool { name = "narrow", depth = 2, doc = "little memory" }\n',
      ["BUILD.lua"] = build .. timed "other",
    }
    local r = s:command("build", "-j6")
    assert.equal(0, r.exit, r.stderr)
    assert.equal(7, #r.ran)
    assert.is_true(overlap.most(spans(s, names)) <= 2)
  end)

  it("of another depth runs nothing again", function()
    local s = space.new { ["WORKSPACE.lua"] = 'pool { name = "narrow", depth = 2 }\n',
      ["BUILD.lua"] = timed("a", 'pool = "narrow"') }
    s:built()
    s:write { ["WORKSPACE.lua"] = 'pool { name = "narrow", depth = 1 }\n' }
    assert.same({}, s:build().ran)
  end)

  it("frees its place when a member fails", function()
    local s = space.new { ["WORKSPACE.lua"] = 'pool { name = "narrow", depth = 1 }\n',
      ["BUILD.lua"] = 'genrule { name = "bad", outs = { "bad" }, cmd = "exit 1", '
        .. 'pool = "narrow" }\n' .. many(3, 'pool = "narrow"') }
    local r = s:command("build", "-j4 -k")
    assert.equal(1, r.exit)
    assert.equal(3, #r.ran)
  end)

  it("that nobody declared is an error with a suggestion", function()
    local s = space.new { ["WORKSPACE.lua"] = 'pool { name = "narrow", depth = 2 }\n',
      ["BUILD.lua"] = timed("a", 'pool = "narow"') }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.equal("E0249", r.messages[1].code)
    assert.is_truthy(r.stderr:find("there is no pool 'narow'", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("did you mean 'narrow'", 1, true), r.stderr)
  end)

  it("needs a name of its own and a depth", function()
    for _, text in ipairs { 'pool { name = "p" }', 'pool { name = "p", depth = 0 }',
      'pool { name = "p", depth = 1.5 }', 'pool { name = "console", depth = 2 }',
      'pool { name = "p", depth = 1 } pool { name = "p", depth = 1 }', "pool { depth = 2 }" } do
      local r = space.new { ["WORKSPACE.lua"] = text, ["BUILD.lua"] = timed("a", 'pool = "p"') }
        :build()
      assert.equal(1, r.exit, text)
      assert.equal("E0240", r.messages[1].code, text)
    end
  end)
end)

describe("the console pool", function()
  it("gives one action at a time our standard input and error", function()
    local s = space.new { ["BUILD.lua"] = [[
      genrule { name = "ask", outs = { "ask.txt" }, pool = "console",
        cmd = "echo what is it; cat > $(out)" }
    ]] }
    local exit, stdout, stderr = s:sh 'echo an answer | "$SKYLUA" build -j4 --json'
    assert.equal(0, exit, stderr)
    assert.equal("an answer\n", s:read "sky-out/bin/ask.txt")
    assert.is_truthy(stderr:find("what is it\n", 1, true), stderr)
    assert.is_nil(stdout:find("what is it", 1, true))
  end)

  it("runs one at a time", function()
    local build, names = many(3, 'pool = "console"')
    local s = space.new { ["BUILD.lua"] = build }
    assert.equal(0, s:command("build", "-j4").exit)
    assert.equal(1, overlap.most(spans(s, names)))
  end)
end)

describe("memory", function()
  local HUNGRY = 'genrule { name = "%s", outs = { "%s.txt" }, srcs = { "in" }, cmd = "{ '
    .. "b=$(date +%%s%%N); lua5.4 -e 's = (\\\"x\\\"):rep(100 << 20)'; "
    .. 'echo span $b $(date +%%s%%N); } > $(out)" }\n'

  it("holds back what needed more the last time than is there", function()
    local names, build = { "m1", "m2", "m3", "m4" }, ""
    for _, name in ipairs(names) do build = build .. HUNGRY:format(name, name) end
    local s = space.new { ["BUILD.lua"] = build, ["in"] = "1" }
    local first = s:command("build", "-j2")
    assert.equal(0, first.exit, first.stderr)
    for _, ev in ipairs(first.events) do
      if ev.event == "action" then assert.is_true(ev.max_rss > 100 << 10, ev.max_rss) end
    end
    s:write { ["in"] = "2" }
    local exit, _, stderr = s:sh 'SKYLUA_FAKE_MEMORY=150000 "$SKYLUA" build -j4'
    assert.equal(0, exit, stderr)
    assert.equal(1, overlap.most(spans(s, names)))
  end)
end)

describe("the critical path", function()
  it("of the last time goes first", function()
    -- "far" is slow and more waits for it; the others are asked for before it
    local build, names = many(10, 'srcs = { "in" }')
    build = build .. 'genrule { name = "far", outs = { "far.txt" }, srcs = { "in" }, cmd = "{ '
      .. overlap.command("0.2") .. '; } > $(out)" }\n'
      .. 'genrule { name = "y", outs = { "y.txt" }, srcs = { "far.txt" }, '
      .. 'cmd = "sleep 0.2; cp $(in) $(out)" }\n'
    local s = space.new { ["BUILD.lua"] = build, ["in"] = "1" }
    local targets = "--evaluators=0 -j2 //:" .. table.concat(names, " //:") .. " //:y"
    assert.equal(0, s:command("build", targets).exit)
    s:write { ["in"] = "2" }
    assert.equal(0, s:command("build", targets).exit)
    local far, before = spans(s, { "far" })[1], 0
    for _, span in ipairs(spans(s, names)) do
      if span.from < far.from then before = before + 1 end
    end
    -- two begin while the others are still being asked for
    assert.is_true(before <= 5, before .. " began before it")
  end)
end)

describe("a machine without room for another process", function()
  it("113: runs fewer at once", function()
    local build = many(40)
    local s = space.new { ["BUILD.lua"] = build }
    local exit, stdout, stderr = s:sh 'ulimit -n 64; "$SKYLUA" build -j1000 --json'
    assert.equal(0, exit, stderr)
    local _, ran = stdout:gsub('"status":"executed"', "")
    assert.equal(40, ran)
    assert.is_truthy(stderr:find("fewer commands run at once", 1, true), stderr)
  end)
end)
