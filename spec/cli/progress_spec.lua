local Progress = require "ui.progress"
local term = require "ui.term"
local uv = require "luv"

---@param options table
---@return Progress
---@return fun(): string  what was written since the last call
local function progress(options)
  local written = {}
  options.term = options.term or { tty = false, color = false, fd = 2 }
  options.style = options.style or "auto"
  options.write = function(text) written[#written + 1] = text end
  return Progress.new(options), function()
    local text = table.concat(written)
    for i = #written, 1, -1 do written[i] = nil end
    return text
  end
end

local CC = {
  event = "action", label = "//app:hello", mnemonic = "CC", status = "executed", exit = 0,
  outputs = { "sky-out/bin/app/main.o" }, wall = 0.1,
}

---@param changes table
---@return table
local function cc(changes)
  return setmetatable(changes, { __index = CC })
end

describe("plain progress", function()
  it("writes one line for each action that ran", function()
    local p, text = progress {}
    p:observe(CC)
    assert.equal("CC app/main.o  //app:hello\n", text())
  end)

  it("says when a result came from the cache", function()
    local p, text = progress {}
    p:observe(cc { status = "restored" })
    assert.equal("CC app/main.o  //app:hello  (restored)\n", text())
  end)

  it("prefers the rule's own words", function()
    local p, text = progress {}
    p:observe(cc { message = "Shouting words.txt" })
    assert.equal("Shouting words.txt  //app:hello\n", text())
  end)

  it("prints the output of an action whole, below its line", function()
    local p, text = progress {}
    p:observe(cc { output = "main.c:1: warning\nmore" })
    assert.equal("CC app/main.o  //app:hello\nmain.c:1: warning\nmore\n", text())
  end)

  it("prints the output of a failed action before the verdict", function()
    local p, text = progress {}
    p:observe(cc { status = "failed", exit = 2, output = "main.c:1: error\n" })
    assert.equal("main.c:1: error\nFAILED //app:hello: CC app/main.o: exit code 2\n", text())
  end)

  it("names the signal that killed an action", function()
    assert.equal("killed by SIGSEGV", Progress.ending { signal = uv.constants.SIGSEGV })
    assert.equal("timed out", Progress.ending { signal = uv.constants.SIGTERM, timed_out = true })
  end)

  it("prints commands as they start with --show-commands", function()
    local p, text = progress { show_commands = true }
    p:observe { event = "start", label = "//a:b", mnemonic = "CC", command = "cc -c x.c" }
    assert.equal("CC  //a:b\n  cc -c x.c\n", text())
  end)

  it("is held back while an action has the terminal", function()
    local p, text = progress {}
    local console = { label = "//a:menu", mnemonic = "Ask", command = "ask", console = true }
    p:observe(setmetatable({ event = "start" }, { __index = console }))
    p:observe(CC)
    p:observe { event = "message", level = "warning", text = "old" }
    assert.equal("", text())
    p:observe(setmetatable({ event = "action", status = "executed" }, { __index = console }))
    assert.equal("CC app/main.o  //app:hello\nwarning: old\nAsk  //a:menu\n", text())
    p:observe(CC)
    assert.equal("CC app/main.o  //app:hello\n", text())
  end)

  it("shows warnings with their place", function()
    local p, text = progress {}
    p:observe { event = "message", level = "warning", text = "old", file = "a/BUILD.lua", line = 3 }
    assert.equal("warning: a/BUILD.lua:3: old\n", text())
  end)

  it("is silent with --quiet, but for failures", function()
    local p, text = progress { quiet = true }
    p:observe(cc { output = "note\n" })
    p:observe { event = "message", level = "warning", text = "old" }
    assert.equal("", text())
    p:observe(cc { status = "failed", exit = 1 })
    assert.equal("FAILED //app:hello: CC app/main.o: exit code 1\n", text())
  end)
end)

describe("the status line", function()
  local function rich()
    local p, text = progress { style = "rich", term = { tty = false, color = false, fd = 2 } }
    p.start = p.start - 10 * 1000000000
    return p, text
  end

  it("counts, and names what runs longest", function()
    local p, text = rich()
    p:observe { event = "start", label = "//a:b", mnemonic = "CC", outputs = { "sky-out/bin/x.o" } }
    local frame = text()
    assert.is_truthy(frame:find("[0/1 done, 1 running, 0:10]", 1, true))
    assert.is_truthy(frame:find("CC x.o  //a:b", 1, true))
  end)

  it("counts what waits to be started", function()
    local p, text = rich()
    p.waiting = function() return 512 end
    p:observe { event = "start", label = "//a:b", mnemonic = "CC" }
    assert.is_truthy(text():find("[0/513 done, 1 running, 0:10]", 1, true))
  end)

  it("is drawn at most ten times a second", function()
    local p, text = rich()
    p:observe { event = "start", label = "//a:b", mnemonic = "CC" }
    text()
    for _ = 1, 50 do p:draw() end
    assert.equal("", text())
  end)

  it("is wiped before a block of text, in the same write", function()
    local p, text = rich()
    p:observe { event = "start", label = "//app:hello", mnemonic = "CC",
      outputs = { "sky-out/bin/app/main.o" } }
    text()
    p:say("hello\n")
    assert.equal("\r\27[1A\27[Jhello\n", text())
  end)

  it("does not appear in the first 300 ms", function()
    local p, text = progress { style = "rich" }
    p:observe { event = "start", label = "//a:b", mnemonic = "CC" }
    assert.equal("", text())
  end)
end)

describe("colour", function()
  local names = { "NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "TERM" }
  local saved = {}
  before_each(function()
    for _, name in ipairs(names) do
      saved[name] = uv.os_getenv(name)
      uv.os_unsetenv(name)
    end
  end)
  after_each(function()
    for _, name in ipairs(names) do
      if saved[name] then uv.os_setenv(name, saved[name]) else uv.os_unsetenv(name) end
    end
  end)

  local cases = {
    { "auto", true, {}, true },
    { "auto", false, {}, false },
    { "auto", true, { TERM = "dumb" }, false },
    { "auto", true, { NO_COLOR = "1" }, false },
    { "auto", true, { NO_COLOR = "" }, true },
    { "auto", false, { FORCE_COLOR = "1" }, true },
    { "auto", false, { CLICOLOR_FORCE = "1", NO_COLOR = "1" }, false },
    { "always", false, { NO_COLOR = "1" }, true },
    { "never", true, { FORCE_COLOR = "1" }, false },
  }
  for i, case in ipairs(cases) do
    it(("case %d: --color=%s gives %s"):format(i, case[1], case[4]), function()
      for name, value in pairs(case[3]) do uv.os_setenv(name, value) end
      assert.equal(case[4], term.wants_color(case[1], case[2]))
    end)
  end
end)
