--- skylua builds skylua, the result builds hello, and a comment costs one compilation.

local events = require "spec.support.events"

local scratch = events.temp_dir()
local dir = scratch .. "/skylua"

teardown(function() events.must("rm -rf " .. scratch) end)

---@param args string
---@return Outcome
local function build(args)
  local r = events.run(dir, "build //src:skylua " .. (args or ""))
  assert.are.equal(0, r.code, r.err)
  return r
end

describe("the repository, built by itself", function()
  setup(function()
    events.must(("mkdir %s && cp -a WORKSPACE.lua BUILD.lua src lua rules %s"):format(dir, dir))
  end)

  it("builds", function()
    local r = build ""
    local sources = tonumber(events.must(("find %s/src -name '*.c' | wc -l"):format(dir)))
    -- embed.c is compiled too.
    assert.are.equal(sources + 1, r.ran.CC)
    assert.are.equal(1, r.ran.Genrule)
    assert.are.equal(1, r.ran.LINK)
    assert.are.equal(0, r.finished.actions.failed)
  end)

  it("makes a binary that knows its version, the same as the one that built it", function()
    local version = events.must(dir .. "/sky-out/bin/src/skylua version")
    assert.is_truthy(version:find("skylua", 1, true))
    assert.are.equal(events.must(events.skylua .. " version"), version)
  end)

  it("has nothing to do the second time", function()
    local r = build ""
    assert.are.equal("", events.what(r))
    assert.are.equal(0, r.finished.actions.executed + r.finished.actions.restored)
  end)

  it("compiles one file for a comment in it, and links nothing", function()
    events.append(dir .. "/src/base/hash.c", "/* A comment. */\n")
    assert.are.equal("CC 1", events.what(build ""))
  end)

  it("packs the Lua half anew when a file of it goes", function()
    local f = assert(io.open(dir .. "/lua/zzz_spec_only.lua", "w"))
    f:write("return {}\n")
    f:close()
    assert.are.equal("CC 1, Genrule 1, LINK 1", events.what(build ""))
    os.remove(dir .. "/lua/zzz_spec_only.lua")
    local r = build ""
    assert.is_true(r.finished.actions.executed + r.finished.actions.restored >= 1)
    assert.are.equal("", events.what(build ""))
  end)

  it("is a binary that builds", function()
    local hello = scratch .. "/hello"
    events.must(("cp -a examples/hello %s && rm -rf %s/sky-out"):format(hello, hello))
    local run = "cd %s && XDG_CACHE_HOME=%s/cache %s/sky-out/bin/src/skylua run //:hello"
    local out = events.must(run:format(hello, scratch, dir))
    assert.are.equal("Hello from skylua.\n", out)
  end)
end)
