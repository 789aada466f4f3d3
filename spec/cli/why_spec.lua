--- Reasons, `skylua why`, `skylua log` and the event log they read.
local space = require "spec.support.space"

after_each(space.close_all)

local UPPER = [[
return { upper = rule {
  attrs = { src = attr.label { allow_files = { ".txt" } } },
  impl = function(ctx)
    local out = ctx:declare_file(ctx.name .. ".up")
    ctx:run { mnemonic = "Upper", argv = { "sh", "-c", "tr a-z A-Z < $1 > $2", "sh",
      ctx.file.src, out }, inputs = { ctx.file.src }, outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
} }
]]

local LAST = 'genrule { name = "last", srcs = { "//mid:mid" }, outs = { "last.txt" },\n'
  .. '  cmd = "cat $(in) > $(out)" }\n'

--- a.txt -> //low:low (one line of it) -> //mid:mid -> //top:last, and //low:loud by a rule.
---@return Space
local function chain()
  return space.new {
    ["tools/upper.lua"] = UPPER,
    ["low/BUILD.lua"] = 'local text = load "//tools/upper.lua"\n'
      .. 'package { default_visibility = { "//visibility:public" } }\n'
      .. 'genrule { name = "low", srcs = { "a.txt" }, outs = { "low.txt" },\n'
      .. '  cmd = "head -n 1 $(in) > $(out)" }\n'
      .. 'text.upper { name = "loud", src = "b.txt" }\n'
      .. 'genrule { name = "env", outs = { "env.txt" }, env = { "WHO" }, cmd = "echo > $(out)" }\n',
    ["low/a.txt"] = "one\n", ["low/b.txt"] = "b\n",
    ["mid/BUILD.lua"] = 'genrule { name = "mid", srcs = { "//low:low" }, outs = { "mid.txt" },\n'
      .. '  cmd = "cat $(in) > $(out)", visibility = { "//visibility:public" } }\n',
    ["top/BUILD.lua"] = LAST,
  }
end

--- The reason of the only action that ran.
---@param s Space
---@param args? string
---@return string
local function reason(s, args)
  local r, found = s:build(args), {}
  assert.equal(0, r.exit, r.stderr)
  for _, ev in ipairs(r.events) do
    if ev.event == "action" then found[#found + 1] = ev.reason end
  end
  assert.equal(1, #found, r.stdout)
  return found[1]
end

describe("the reason of an action", function()
  it("names the code of a rule", function()
    local s = chain():built "//..."
    s:write { ["tools/upper.lua"] = UPPER:gsub("tr a%-z A%-Z", "tr a-y A-Y") }
    assert.equal("command changed; rule code changed: tools/upper.lua", reason(s, "//..."))
  end)

  it("names the directory behind an action that came or moved in its target", function()
    local s = space.new { ["BUILD.lua"] = 'cc_library { name = "l", srcs = { glob { "*.c" } } }',
      ["a.c"] = "int a;\n" }:built()
    local found = {}
    for _, ev in ipairs(s:write({ ["b.c"] = "int b;\n" }):build().events) do
      if ev.event == "action" then found[#found + 1] = ev.mnemonic .. " " .. ev.reason end
    end
    assert.same({ "CC new; directory changed: .", "AR new; directory changed: ." }, found)
  end)

  it("names the BUILD.lua, a variable, a missing and an edited output", function()
    local s = chain():built "//..."
    s:write { ["top/BUILD.lua"] = LAST:gsub("cat", "cat -u") }
    assert.equal("command changed; file changed: top/BUILD.lua", reason(s, "//..."))
    local _, out = s:sh 'WHO=me "$SKYLUA" build --json //...'
    assert.equal("environment added: WHO", out:match '"reason":"([^"]*)"')
    s:built("//..."):remove "sky-out/bin/low/loud.up"
    assert.equal("output missing: sky-out/bin/low/loud.up", reason(s, "//..."))
    s:append("sky-out/bin/low/loud.up", "x")
    assert.equal("output changed: sky-out/bin/low/loud.up", reason(s, "//..."))
  end)
end)

describe("skylua why", function()
  it("follows the chain down to the file that was edited", function()
    local s = chain():built "//..."
    s:write { ["low/a.txt"] = "two\n" }:built "//..."
    local r = s:skylua "why //top:last"
    assert.equal(0, r.exit, r.stderr)
    local last, mid = r.stdout:find("Genrule sky-out/bin/top/last.txt", 1, true),
      r.stdout:find("<- Genrule sky-out/bin/mid/mid.txt", 1, true)
    local low, leaf = r.stdout:find("<- Genrule sky-out/bin/low/low.txt", 1, true),
      r.stdout:find("<- low/a.txt was edited", 1, true)
    assert.is_true(last and mid and low and leaf and last < mid and mid < low and low < leaf,
      r.stdout)
    assert.is_truthy(s:skylua("why :last", "top").stdout:find("was edited", 1, true))
    assert.is_truthy(s:skylua("why sky-out/bin/top/last.txt").stdout:find("was edited", 1, true))
    local file = s:skylua("why a.txt", "low").stdout
    assert.is_truthy(file:find("because of low/a.txt ran:\n  Genrule sky-out/bin/low/low.txt", 1,
      true), file)
  end)

  it("says why something was not built again", function()
    local s = chain():built "//..."
    s:append("low/a.txt", "a line that is not looked at\n"):built "//..."
    local mid = s:skylua("why //mid").stdout
    assert.is_truthy(mid:find("//mid:mid was up to date: what was made again is what it was", 1,
      true), mid)
    assert.is_truthy(mid:find("<- low/a.txt was edited", 1, true), mid)
    assert.is_truthy(s:skylua("why //low:loud").stdout:find(
      "nothing that it is made of had changed", 1, true))
    assert.is_truthy(s:skylua("why low/b.txt").stdout:find("nothing ran because of", 1, true))
  end)

  it("looks behind a target that has no actions", function()
    local s = chain():write { ["all/BUILD.lua"] = 'alias { name = "all", actual = "//mid" }' }
    s:built("//..."):write({ ["low/a.txt"] = "two\n" }):built "//..."
    local text = s:skylua("why //all").stdout
    assert.is_truthy(text:find("//all:all has no actions of its own", 1, true), text)
    assert.is_truthy(text:find("<- low/a.txt was edited", 1, true), text)
  end)

  it("still knows the build before, when the last one ran nothing", function()
    local s = chain():built "//..."
    s:write { ["low/a.txt"] = "two\n" }:built("//..."):built("//..."):built "//..."
    local text = s:skylua("why //top:last").stdout
    assert.is_truthy(text:find("was up to date", 1, true), text)
    assert.is_truthy(text:find("before, in 'skylua build //...", 1, true), text)
    assert.is_truthy(text:find("<- low/a.txt was edited", 1, true), text)
  end)

  for _, case in ipairs {
    { "why", "why wants one target or file" }, { "why //top:last //mid", "one target" },
    { "why //...", "not the pattern" }, { "why //top:lasd", "did you mean '//top:last'?" },
    { "why --nonsense x", "unknown flag" },
  } do
    it("is exit 2: " .. case[1], function()
      local r = chain():built("//top:last"):skylua(case[1])
      assert.equal(2, r.exit)
      assert.is_truthy(r.stderr:find(case[2], 1, true), r.stderr)
    end)
  end

  it("is exit 1 before the first build, and with a damaged BUILD.lua", function()
    local s = chain()
    assert.equal(1, s:skylua("why //top:last").exit)
    s:built("//..."):write { ["top/BUILD.lua"] = "genrule {" }
    local r = s:skylua "why //top:last"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("top/BUILD.lua", 1, true), r.stderr)
  end)
end)

describe("skylua log", function()
  it("shows what ran, what failed, and the critical path", function()
    local s = chain():built "//..."
    s:write { ["low/a.txt"] = "two\n" }:built "//..."
    local ran = s:skylua("log what-ran").stdout
    assert.is_truthy(ran:find("exit 0, %d+%.%d+s; 3 actions ran\n"), ran)
    assert.is_truthy(ran:find("Genrule sky-out/bin/mid/mid.txt  //mid:mid\n", 1, true), ran)
    assert.is_truthy(ran:find("input changed: low/a.txt", 1, true), ran)
    assert.is_truthy(s:skylua("log -s").stdout:find("head -n 1", 1, true))
    local path = s:skylua("log critical-path").stdout
    assert.is_truthy(path:find("critical path: 3 actions", 1, true), path)
    assert.is_truthy(path:find("low.txt.*mid.txt.*last.txt"), path)
    s:write { ["mid/BUILD.lua"] = 'genrule { name = "mid", outs = { "x" }, cmd = "exit 3" }' }
    assert.equal(1, s:build("//mid").exit)
    local failed = s:skylua("log what-failed").stdout
    assert.is_truthy(failed:find("exit code 3", 1, true), failed)
    assert.equal(2, s:skylua("log what-filed").exit)
  end)

  it("survives what a crash leaves: a torn line, no end", function()
    local s = chain():built "//..."
    local path = "sky-out/state/build.log"
    local text = s:read(path)
    for cut = 0, #text - 1, (#text - 1) // 12 do
      s:write { [path] = text:sub(1, cut) }
      local r = s:skylua "log"
      assert.equal(cut < text:find("\n") and 1 or 0, r.exit, r.stderr)
    end
    s:write { [path] = text:sub(1, -2) }
    assert.is_truthy(s:skylua("log").stdout:find("did not come to its end", 1, true))
  end)
end)

describe("--dry-run", function()
  it("says what would run and why, and changes nothing", function()
    local s = chain()
    local fresh = s:skylua "build -n //top:last"
    assert.equal(0, fresh.exit, fresh.stderr)
    assert.is_truthy(fresh.stdout:find("would run: Making sky-out/bin/low/low.txt  //low:low"
      .. "  (new)\n", 1, true), fresh.stdout)
    assert.is_truthy(fresh.stdout:find(
      "(input would be made anew: sky-out/bin/mid/mid.txt)\n3 actions would run\n", 1, true),
      fresh.stdout)
    assert.is_false(s:exists "sky-out")
    s:built "//..."
    assert.is_truthy(s:skylua("build -n //...").stdout:find("nothing would run", 1, true))
    s:write { ["low/a.txt"] = "two\n" }
    local before = s:run "find sky-out -type f -exec cksum {} + | sort"
    local dry = s:command("build", "-n //...")
    assert.equal(0, dry.exit)
    assert.equal(before, s:run "find sky-out -type f -exec cksum {} + | sort")
    local would = {}
    for _, ev in ipairs(dry.events) do
      if ev.event == "would_run" then would[#would + 1] = ev.label end
    end
    assert.same({ "//low:low", "//mid:mid", "//top:last" }, would)
    assert.equal(0, dry.finished.actions.executed)
    assert.same({ "Genrule low/low.txt", "Genrule mid/mid.txt", "Genrule top/last.txt" },
      s:build("//...").ran)
  end)

  it("is there for tests and run too, and errors are errors", function()
    local s = space.new { ["BUILD.lua"] = 'sh_test { name = "t", srcs = { "t.sh" } }\n'
      .. 'sh_binary { name = "b", srcs = { "t.sh" } }\n', ["t.sh"] = "touch ran\n" }
    local r = s:skylua "test -n"
    assert.equal(0, r.exit, r.stderr)
    assert.is_truthy(r.stdout:find("Testing //:t", 1, true), r.stdout)
    assert.equal(0, s:skylua("run -n :b").exit)
    assert.is_false(s:exists "ran")
    assert.equal(2, s:skylua("build -n :nothing").exit)
    s:write { ["BUILD.lua"] = "sh_test {" }
    assert.equal(1, s:skylua("build -n").exit)
  end)
end)

it("--profile writes a trace that Chrome reads", function()
  local s = chain():built "--profile=trace.json //..."
  local events = require("dkjson").decode(s:read "trace.json")
  local names = {}
  for _, ev in ipairs(events) do
    if ev.ph == "X" then names[#names + 1] = ev.name end
  end
  table.sort(names)
  assert.same({ "Genrule sky-out/bin/low/env.txt", "Genrule sky-out/bin/low/low.txt",
    "Genrule sky-out/bin/mid/mid.txt", "Genrule sky-out/bin/top/last.txt",
    "Upper sky-out/bin/low/loud.up", "build" }, names)
end)
