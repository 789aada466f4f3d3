--- Outputs that no target makes any more: removed when that is known, and only when they are ours.
local space = require "spec.support.space"

after_each(space.close_all)

---@param rules string  lines of "name out [src]"
local function build_file(rules)
  local lines = {}
  for name, out, src in rules:gmatch "(%S+) (%S+) ?(%S*)\n" do
    lines[#lines + 1] = ('genrule { name = %q, outs = { %q }, srcs = { %s }, cmd = "echo %s > '
      .. '$(out)" }'):format(name, out, src ~= "" and ("%q"):format(src) or "", name)
  end
  return table.concat(lines, "\n") .. "\n"
end

---@param packages table<string, string>  directory -> rules
local function files(packages)
  local list = {}
  for dir, rules in pairs(packages) do
    list[dir == "" and "BUILD.lua" or dir .. "/BUILD.lua"] = build_file(rules)
  end
  return list
end

--- All that lies in the output folders of the configurations, in order.
local function made(s)
  return (s:run "cd sky-out; find bin* -mindepth 1 2> /dev/null | LC_ALL=C sort | tr '\\n' ' '")
end

local function warnings(build)
  local list = {}
  for _, m in ipairs(build.messages) do list[#list + 1] = m.text end
  return list
end

describe("fact", function()
  it("62: the outputs of a rule that was removed go, with the directories that are empty then",
    function()
      local s = space.new(files { a = "x d/e/x\ny y\n", b = "z f/z\n" }):built "//..."
      s:write { ["sky-out/bin/b/f/mine"] = "mine\n" }
      s:write(files { a = "y y\n", b = "" })
      assert.same({}, s:built("//..."):build("//...").ran)
      assert.equal("bin/a bin/a/y bin/b bin/b/f bin/b/f/mine ", made(s))
    end)

  it("63: what became a source is never removed", function()
    local s = space.new(files { [""] = "x x\n" }):built()
    s:write(files { [""] = "y y x\n" }):write { x = "a source\n" }
    s:built()
    assert.equal("a source\n", s:read "x")
    assert.equal("bin/y ", made(s))
  end)

  it("65: the output of a renamed file goes, and readers are built once", function()
    local s = space.new(files { [""] = "x old\ny y :x\n" }):built()
    s:write(files { [""] = "x new\ny y :x\n" })
    assert.same({ "Genrule new", "Genrule y" }, s:build().ran)
    assert.equal("bin/new bin/y ", made(s))
    assert.same({}, s:build().ran)
  end)

  it("66: a package that moved takes its outputs along", function()
    local s = space.new(files { ["a/b"] = "x x\n", c = "y y\n" }):built "//..."
    s:run "mkdir d; mv a/b d/; rmdir a"
    assert.same({ "Genrule d/b/x" }, s:build("//...").ran)
    assert.equal("bin/c bin/c/y bin/d bin/d/b bin/d/b/x ", made(s))
  end)

  it("68: what a failing target once made goes with the target", function()
    local s = space.new(files { [""] = "x x\ny y\n" }):built()
    s:run "cp sky-out/bin/x x.kept; sed -i 's/echo x/false/' BUILD.lua"
    assert.equal(1, s:build().exit)
    s:write(files { [""] = "y y\n" }):built()
    assert.equal("bin/y ", made(s))
  end)
end)

describe("a stale output", function()
  it("goes in every configuration that it was built for", function()
    local function moded(name)
      return ('genrule { name = %q, outs = { %q }, cmd = select { ["mode=debug"] = '
        .. '"echo > $(out)", default = "echo > $(out)" } }\n'):format(name, name)
    end
    local s = space.new { ["BUILD.lua"] = moded "x" .. moded "y" }
    s:built():built("-c debug"):built("-c release")
    assert.equal("3\n", s:run "ls sky-out/bin*/x | wc -l")
    s:write { ["BUILD.lua"] = moded "y" }:built()
    assert.equal(0, s:sh "! ls sky-out/bin*/x 2> /dev/null")
    assert.equal("3\n", s:run "ls sky-out/bin*/y | wc -l")
  end)

  it("goes although its target still has a name for it", function()
    local s = space.new { ["BUILD.lua"] = 'cc_library { name = "l", srcs = { "l.c" } }\n',
      ["l.c"] = "int l;\n" }:built()
    assert.is_truthy(made(s):find("libl.a", 1, true), made(s))
    s:write { ["BUILD.lua"] = 'cc_library { name = "l", hdrs = { "l.c" } }\n' }:built()
    assert.equal("", made(s))
  end)

  it("goes although the build of another target fails", function()
    local s = space.new(files { [""] = "x x\ny y\n" }):built()
    s:write { ["BUILD.lua"] = build_file "z z\n" .. 'genrule { name = "f", outs = { "f" }, '
      .. 'cmd = "false" }\n' }
    assert.equal(1, s:build("-k").exit)
    assert.equal("bin/z ", made(s))
  end)

  it("stays as long as the package has a mistake, and goes when that is put right", function()
    local s = space.new(files { [""] = "x x\ny y\n" }):built()
    s:write { ["BUILD.lua"] = build_file "y y\n" .. "genrule {" }
    assert.equal(1, s:build().exit)
    assert.equal("bin/x bin/y ", made(s))
    s:write(files { [""] = "y y\n" })
    assert.same({}, s:build().ran)
    assert.equal("bin/y ", made(s))
  end)

  it("that was edited by hand stays, which is said once", function()
    local s = space.new(files { [""] = "x x\ny y\n" }):built()
    s:append("sky-out/bin/x", "by hand\n"):write(files { [""] = "y y\n" })
    assert.same({ "'sky-out/bin/x' stays: //:x made it and does not make it any more, but it was "
      .. "changed since" }, warnings(s:build()))
    assert.same({}, warnings(s:build()))
    assert.equal("x\nby hand\n", s:read "sky-out/bin/x")
  end)

  it("goes although its times are others now", function()
    local s = space.new(files { [""] = "x x\ny y\n" }):built()
    s:run "touch -d 2001-01-01 sky-out/bin/x"
    s:write(files { [""] = "y y\n" }):built()
    assert.equal("bin/y ", made(s))
  end)

  it("stays when another target makes it now, in whichever order they are looked at", function()
    for _, names in ipairs { { "a", "b" }, { "b", "a" } } do
      local s = space.new(files { [""] = names[1] .. " x\n" }):built()
      s:write(files { [""] = names[2] .. " x\n" })
      assert.same({ "Genrule x" }, s:build().ran)
      assert.equal(names[2] .. "\n", s:read "sky-out/bin/x")
      assert.same({}, s:build().ran)
    end
  end)

  it("stays when a target that is not built now declares it", function()
    local s = space.new(files { [""] = "x x\n" }):built()
    s:write(files { [""] = "y y\nz x\n" }):built "//:y"
    assert.equal("x\n", s:read "sky-out/bin/x")
    assert.same({ "Genrule x" }, s:build().ran)
  end)

  it("stays when another package makes it now", function()
    local s = space.new(files { [""] = "x a/x\n", b = "b b\n" }):built "//..."
    s:write(files { [""] = "y y\n", a = "x x\n" }):built "//..."
    assert.equal("bin/a bin/a/x bin/b bin/b/b bin/y ", made(s))
    assert.same({}, s:build("//...").ran)
  end)

  it("is not looked for when nothing was loaded anew", function()
    local s = space.new(files { [""] = "x x\n" }):built()
    -- later, so that no file is as young as our look at it
    local function looks()
      s:run 'SKYLUA_FAKE_CLOCK=9000000000 "$SKYLUA" build --json=events'
      return s:read("events"):match '"stat_calls":(%d+)'
    end
    looks()
    local before = looks()
    s:run "for i in $(seq 100); do mkdir sky-out/bin/d$i; echo > sky-out/bin/d$i/f; done"
    assert.equal(before, looks())
  end)

  it("of a rule's own making goes: files, directories, symlinks", function()
    local function rule(body)
      return { ["r.lua"] = "return { r = rule { impl = function(ctx)\n" .. body
        .. "\nend } }\n", ["BUILD.lua"] = 'load("//r.lua").r { name = "t" }\n' }
    end
    local s = space.new(rule [[
  local a = ctx:write("a", "a\n")
  local d = ctx:declare_directory("d")
  ctx:run { argv = { "sh", "-c", "mkdir -p $1/sub; echo > $1/sub/f", "sh", d }, outputs = { d } }
  return { DefaultInfo { files = { a, d, ctx:symlink(a, "l"), ctx:copy(a, "c") } } }]]):built()
    assert.equal("bin/a bin/c bin/d bin/d/sub bin/d/sub/f bin/l ", made(s))
    s:write(rule [[
  local x = ctx:write("d/x", "x\n")
  return { DefaultInfo { files = { x } } }]]):built()
    assert.equal("bin/d bin/d/x ", made(s))
    assert.same({}, s:build().ran)
  end)

  it("of a rule that reads what it makes goes, too", function()
    local s = space.new {
      ["r.lua"] = [[
return { r = rule { attrs = { plan = attr.label { allow_single_file = true } },
  impl = function(ctx)
    local plan = ctx:copy(ctx.file.plan, ctx.name .. ".plan")
    local files = {}
    for word in ctx:read(plan):gmatch "%l+" do
      files[#files + 1] = ctx:write(word, word)
    end
    return { DefaultInfo { files = files } }
  end } }
]], ["BUILD.lua"] = 'load("//r.lua").r { name = "t", plan = "plan" }\n', plan = "a b" }:built()
    s:write { plan = "b c" }
    s:built()
    assert.equal("bin/b bin/c bin/t.plan ", made(s))
    s:write { ["BUILD.lua"] = "" }
    s:built()
    assert.equal("", made(s))
  end)
end)
