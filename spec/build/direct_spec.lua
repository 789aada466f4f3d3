--- Shell commands of plain words are run without a shell, and nobody can tell but by the time.
local space = require "spec.support.space"

after_each(space.close_all)

--- The commands that a build showed, by -s.
---@param s Space
---@return string
local function commands(s)
  local exit, out, err = s:sh "$SKYLUA build //... -s"
  assert.equal(0, exit, err)
  return out .. err
end

---@param cmd string
---@return string  a BUILD.lua
local function rule(cmd)
  return ('genrule { name = "x", srcs = { "a" }, outs = { "b" }, cmd = %q }'):format(cmd)
end

describe("a genrule's command", function()
  it("runs as it stands when it is plain words", function()
    local s = space.new { ["BUILD.lua"] = rule "cp  $(in) $(out) ", a = "text\n" }
    local shown = commands(s)
    assert.matches("cp a sky%-out/bin/b", shown)
    assert.not_matches("/bin/sh", shown)
    assert.equal("text\n", s:read "sky-out/bin/b")
  end)

  for _, cmd in ipairs { "cat $(in) > $(out)", "A=1 cp $(in) $(out)", "command cp $(in) $(out)",
    "cp $(in) $(out); :", "cp \"$(in)\" $(out)", "cp $(in)\t$(out)", "cp $(in) $(out) # so" } do
    it("goes to the shell: " .. cmd, function()
      local s = space.new { ["BUILD.lua"] = rule(cmd), a = "text\n" }
      assert.matches("/bin/sh", commands(s))
      assert.equal("text\n", s:read "sky-out/bin/b")
    end)
  end

  it("goes to the shell for a file with a space in its name", function()
    local s = space.new { ["a b"] = "text\n", ["BUILD.lua"] =
      'genrule { name = "x", srcs = { "a b" }, outs = { "c d" }, cmd = "cp $(in) $(out)" }' }
    assert.matches("/bin/sh", commands(s))
    assert.equal("text\n", s:read "sky-out/bin/c d")
  end)

  it("may be a script without #!, as for a shell", function()
    local s = space.new { a = "text\n", ["tool.sh"] = "cat \"$1\" \"$1\" > \"$2\"\n",
      ["BUILD.lua"] = [[genrule { name = "x", srcs = { "a" }, outs = { "b" },
        tools = { "tool.sh" }, cmd = "$(location tool.sh) $(in) $(out)" }]] }
    s:sh "chmod +x tool.sh"
    assert.same({ "Genrule b" }, s:build("//:x").ran)
    assert.equal("text\ntext\n", s:read "sky-out/bin/b")
    -- what a list says is no shell's business
    s:write { ["BUILD.lua"] = [[genrule { name = "x", srcs = { "a" }, outs = { "c" },
      tools = { "tool.sh" }, cmd = { "$(location tool.sh)", "$(in)", "$(out)" } }]] }
    local b = s:build("//:x")
    assert.equal(1, b.exit)
    assert.matches("nor a script with a", b.stderr)
  end)

  it("is a tool that is tracked", function()
    local s = space.new { ["tool.sh"] = "#!/bin/sh\necho one > $1\n", a = "",
      ["BUILD.lua"] = rule "./tool.sh $(out)" }
    s:sh "chmod +x tool.sh"
    assert.same({ "Genrule b" }, s:build("//:x").ran)
    s:write { ["tool.sh"] = "#!/bin/sh\necho two > $1\n" }
    assert.same({ "Genrule b" }, s:build("//:x").ran)
    assert.equal("two\n", s:read "sky-out/bin/b")
  end)

  it("that does not exist is an error that says so", function()
    local s = space.new { ["BUILD.lua"] = rule "no-such-tool $(in) $(out)", a = "" }
    local b = s:build "//:x"
    assert.equal(1, b.exit)
    assert.matches("there is no tool 'no%-such%-tool'", b.stderr)
  end)
end)

describe("ctx:run_shell", function()
  it("runs plain words as they stand, but not with arguments beside them", function()
    local s = space.new { a = "text\n", ["r.lua"] = [[
local r = rule { attrs = { src = attr.label { allow_single_file = true } }, impl = function(ctx)
  local x, y = ctx:declare_file "x", ctx:declare_file "y"
  ctx:run_shell { cmd = "cp a sky-out/bin/x", inputs = { ctx.file.src }, outputs = { x } }
  ctx:run_shell { cmd = "cp a sky-out/bin/y", args = { "z" }, inputs = { ctx.file.src },
    outputs = { y } }
  return { DefaultInfo { files = { x, y } } }
end }
return { r = r }]], ["BUILD.lua"] = 'load("//r.lua").r { name = "t", src = "a" }' }
    local _, shells = commands(s):gsub("/bin/sh", "")
    assert.equal(1, shells)
    assert.equal("text\n", s:read "sky-out/bin/x")
    assert.equal("text\n", s:read "sky-out/bin/y")
  end)
end)
