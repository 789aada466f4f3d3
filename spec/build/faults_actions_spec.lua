--- What can go wrong with actions and with names: cases of the study on reliability, by number.
-- What stands in other specs has its number there; spec/build/faults_spec.lua counts them all.
local space = require "spec.support.space"

after_each(space.close_all)

local function one(cmd, more, files)
  files = files or {}
  files["in"] = "in\n"
  files["BUILD.lua"] = ('genrule { name = "g", srcs = { "in" }, outs = { "out" }, cmd = %q%s }\n')
    :format(cmd, more and ", " .. more or "")
  return space.new(files)
end

local RULE = [[
local r = rule { attrs = { tool = attr.string {} }, impl = function(ctx)
  %s
end }
r { name = "g" %s }
]]

--- A rule of one's own with this body.
local function ruled(body, attrs, files)
  files = files or {}
  files["BUILD.lua"] = RULE:format(body, attrs and ", " .. attrs or "")
  return space.new(files)
end

local function fails(s, ...)
  local r = s:build()
  assert.equal(1, r.exit, r.stderr)
  for _, words in ipairs { ... } do
    assert.is_truthy(r.stderr:find(words, 1, true), words .. "\n" .. r.stderr)
  end
  return r
end

describe("an output", function()
  it("case 65: that was not made fails the action, and nothing is kept of it", function()
    local s = one "[ ! -e go ] || echo > $(out)"
    for _ = 1, 2 do
      fails(s, "//:g did not create 'sky-out/bin/out'")
    end
    s:write { go = "" }
    assert.same({ "Genrule out" }, s:build().ran)
  end)

  it("case 66: of another kind than declared is an error", function()
    fails(one "mkdir $(out)", "as a dir, declared as a file")
    fails(one "mkfifo $(out)", "'sky-out/bin/out'")
    fails(ruled('local d = ctx:declare_directory "d"; ctx:run_shell { cmd = "rmdir $1; echo > $1", '
      .. 'args = { d }, outputs = { d } }; return { DefaultInfo { files = { d } } }'), "//:g")
  end)

  it("case 68: is declared by one action only, and none lies below another", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "x" }, cmd = "echo > $(out)" }
genrule { name = "b", outs = { "x" }, cmd = "echo > $(out)" }]] }
    local r = fails(s, "'a'", "'b'", "'x'")
    assert.same({}, r.ran)
    s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "x" }, cmd = "echo > $(out)" }
genrule { name = "b", outs = { "x/y" }, cmd = "echo > $(out)" }]] }
    r = fails(s, "'x/y' is below 'x', which is a file: 'a' (//BUILD.lua:1) and 'b' make them")
    assert.same({}, r.ran)
    s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "x/y/z" }, cmd = "echo > $(out)" }
genrule { name = "b", outs = { "x" }, cmd = "echo > $(out)" }]] }
    r = fails(s, "'x/y/z' is below 'x', which is a file", "//BUILD.lua:2")
    assert.same({}, r.ran)
  end)

  it("case 70: of a failed action is not used; the next build runs it again", function()
    local s = one "echo half > $(out); [ -e go ]"
    fails(s, "exit code 1")
    assert.is_false(s:exists "sky-out/bin/out")
    s:write { go = "" }
    assert.same({ "Genrule out" }, s:build().ran)
  end)

  it("may be empty, several, a symlink, executable, or without rights", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "g", outs = { "a", "d/b", "l", "x", "z" }, cmd = ": > sky-out/bin/a; "
  .. "echo b > sky-out/bin/d/b; ln -s d/b sky-out/bin/l; echo > sky-out/bin/x; "
  .. "chmod 711 sky-out/bin/x; echo z > sky-out/bin/z; chmod 0 sky-out/bin/z" }
genrule { name = "h", srcs = { ":g" }, outs = { "h" }, cmd = "cat $(in) > $(out)" }]] }:built()
    assert.equal("b\nb\n\nz\n", s:read "sky-out/bin/h")
    assert.equal("644\n644\n777\n755\n644\n",
      s:run "cd sky-out/bin; stat -c %a a d/b l x z")
    assert.same({}, s:build().ran)
  end)

  it("that is a directory has what its command made, and nothing of before", function()
    local s = space.new { ["in"] = "a b\n", ["BUILD.lua"] = [[
local r = rule { attrs = { src = attr.label { allow_files = true } }, impl = function(ctx)
  local d = ctx:declare_directory "d"
  ctx:run_shell { cmd = "for f in $(cat $1); do mkdir $2/$f; : > $2/$f/x; done; mkdir $2/empty",
    args = { ctx.files.src, d }, inputs = ctx.files.src, outputs = { d } }
  return { DefaultInfo { files = { d } } }
end }
r { name = "g", src = "in" }]] }:built()
    assert.equal("d\nd/a\nd/a/x\nd/b\nd/b/x\nd/empty\n", s:run "cd sky-out/bin; find d | sort")
    s:write { ["in"] = "b\n" }:built()
    assert.equal("d\nd/b\nd/b/x\nd/empty\n", s:run "cd sky-out/bin; find d | sort")
    s:run "echo more > sky-out/bin/d/more; rm sky-out/bin/d/b/x"
    assert.same({ "Run d" }, s:build("--cache=off").ran)
    assert.equal("d\nd/b\nd/b/x\nd/empty\n", s:run "cd sky-out/bin; find d | sort")
  end)
end)

describe("an action", function()
  it("case 71: that was killed or took too long says by what, and is not kept", function()
    for _, case in ipairs { { "kill -SEGV $$$$", "killed by SIGSEGV" },
      { "kill -KILL $$$$", "killed by SIGKILL" }, { "exec sleep 30", "timed out after 1 s" } } do
      local s = one(case[1]:gsub("%$%$%$%$", "$$"), "timeout = 1")
      for _ = 1, case[2]:find "timed" and 1 or 2 do
        local r = s:build "-v"
        assert.equal(1, r.exit)
        local said = r.messages[1].text
        assert.is_truthy(said:find(case[2], 1, true), said)
      end
      space.close_all()
    end
  end)

  it("case 80: that makes its output non-blocking harms nobody's", function()
    if not os.execute "command -v python3 > /dev/null" then return end
    local s = one("python3 -c 'import os, fcntl; [fcntl.fcntl(i, fcntl.F_SETFL, os.O_NONBLOCK) "
      .. "for i in (0, 1, 2)]; print(\"said\")'; echo > $(out)")
    local exit, out = s:sh [[{ "$SKYLUA" build 2>&1; printf '%0100000d' 1; } | cat]]
    assert.equal(0, exit)
    assert.is_truthy(out:find("said\n", 1, true))
    assert.equal(100000, #out:match "0+1$")
  end)

  it("case 83: with an argument that is too long is told so", function()
    local s = ruled('local o = ctx:declare_file "o"; ctx:run { outputs = { o }, '
      .. 'argv = { "true", ("x"):rep(140000), o } }; return { DefaultInfo { files = { o } } }')
    fails(s, "the command line and environment are too long for the system",
      "pass the arguments in a file")
  end)

  it("case 85: whose tool cannot be started names the file and why", function()
    local function tool(name, text, mode, why)
      local s = ruled('local o = ctx:declare_file "o"; ctx:run { argv = { ctx.attr.tool, o }, '
        .. 'outputs = { o } }; return { DefaultInfo { files = { o } } }',
        ("tool = %q"):format(name))
      if text then
        s:write { [name] = text }
        s:run(("chmod %s %s"):format(mode, name))
      end
      fails(s, name, why)
      space.close_all()
    end
    tool("no-such-tool", nil, nil, "there is no tool")
    tool("./tools/no", nil, nil, "there is no tool")
    tool("./t.sh", "#!/bin/sh\n", "644", "not executable")
    tool("./t.sh", "#!/no/such/interpreter\n", "755", "/no/such/interpreter does not exist")
    tool("./t.bin", "\127ELF nonsense", "755", "neither a program for this machine")
  end)

  it("case 87: sees nothing of the caller's environment but what it declares", function()
    local s = one("env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | sort > $(out)",
      'env = { "WANTED" }')
    local function build(env)
      local exit, out, err = s:sh("export " .. env .. '; "$SKYLUA" build --json --cache=off')
      assert.equal(0, exit, err)
      return out:find '"event":"action"' ~= nil
    end
    assert.is_true(build "WANTED=1 LANG=tr_TR TZ=Asia/Tokyo SOURCE_DATE_EPOCH=1 LD_LIBRARY_PATH=/x")
    local first = s:read "sky-out/bin/out"
    assert.equal("HOME LANG PATH TMPDIR WANTED",
      (first:gsub("=[^\n]*\n", " "):gsub(" $", "")))
    assert.is_false(build "WANTED=1 LANG=C TZ=UTC HOME=/nowhere PATH=$PATH:/nowhere CFLAGS=-x")
    assert.is_true(build "WANTED=2 LANG=C")
  end)

  for _, mask in ipairs { "000", "022", "077" } do
    it(("case 88: makes outputs of the same modes under umask %s"):format(mask), function()
      local s = one "f=$(mktemp); cp in $f; mv $f $(out)"
      s:write { ["h.c"] = "int main(void) { return 0; }\n" }
      s:append("BUILD.lua", 'cc_binary { name = "h", srcs = { "h.c" } }\n')
      assert.equal(0, (s:sh("umask " .. mask .. '; "$SKYLUA" build -q')))
      assert.equal("644\n755\n644\n755\n", s:run
        "cd sky-out/bin; stat -c %a out h _objs/h/h.c.o _objs/h")
    end)
  end

  it("case 89: has the same results in every language, also one that is not there", function()
    local s = one("ls -1 names | tr '\\n' ' ' > $(out)",
      nil, { ["names/a"] = "", ["names/B"] = "", ["names/\u{e9}"] = "", ["names/i"] = "" })
    local first
    for _, lang in ipairs { "C", "tr_TR.UTF-8", "xx_NOWHERE" } do
      assert.equal(0, (s:sh(("export LC_ALL=%s LANG=%s; \"$SKYLUA\" build -q --cache=off")
        :format(lang, lang))))
      first = first or s:read "sky-out/bin/out"
      assert.equal(first, s:read "sky-out/bin/out")
      s:run "rm -rf sky-out"
    end
  end)

  it("case 93: that deletes its input is found out, without the sandbox, too", function()
    local s = one("echo > $(out); rm in"):free()
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.messages[1].text:find("'in'", 1, true), r.stderr)
    s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "a" }, cmd = "echo > $(out)" }
genrule { name = "g", srcs = { "a" }, outs = { "out" }, cmd = "echo more >> $(in); echo > $(out)" }
genrule { name = "h", srcs = { "a" }, outs = { "h" }, cmd = "rm $(in); echo > $(out)" }]] }:free()
    for _, target in ipairs { "//:g", "//:h" } do
      r = s:build(target)
      assert.equal(1, r.exit)
      assert.equal("E0306", r.messages[1].code, r.stderr)
      assert.is_truthy(r.messages[1].text:find("'sky-out/bin/a'", 1, true), r.stderr)
    end
  end)
end)

describe("a name", function()
  it("case 96: that is no UTF-8 works", function()
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "g", srcs = glob { "d/*" }, '
      .. 'outs = { "out" }, cmd = "cat $(in) > $(out)" }', ["d/\xff\xfe"] = "odd\n" }:built()
    assert.equal("odd\n", s:read "sky-out/bin/out")
    s:write { ["d/\xff\xfe"] = "odder\n" }
    assert.same({ "Genrule out" }, s:build().ran)
  end)

  it("case 98: of a label never leaves the workspace", function()
    for _, label in ipairs { "//../x:y", "//a/../../b", "/etc/passwd", "//a//b", "//a/./b:c", "",
      "//:..", "//a:" .. ("x"):rep(5000), "//a:b\0c" } do
      local s = space.new { ["BUILD.lua"] = ('genrule { name = "g", srcs = { %q }, outs = { "o" }, '
        .. 'cmd = "true" }'):format(label) }
      local r = fails(s, "//BUILD.lua:1")
      assert.is_truthy(r.messages[1].code:find "^E02%d%d$", r.stderr)
      space.close_all()
    end
  end)

  it("case 99: in a glob does not lead out of the package", function()
    for _, pattern in ipairs { "../**", "/etc/*", "a/../../x" } do
      local s = space.new { ["BUILD.lua"] = ('filegroup { name = "g", srcs = glob { %q } }')
        :format(pattern) }
      fails(s, "//BUILD.lua:1")
    end
    local s = space.new { ["../far/secret.txt"] = "s", ["d/x.txt"] = "x\n", ["BUILD.lua"] =
      'genrule { name = "g", srcs = glob { "d/**/*.txt" }, outs = { "o" }, '
      .. 'cmd = "echo $(in) > $(out)" }' }
    s:run "ln -s ../../far d/far"
    s:built()
    assert.equal("d/x.txt\n", s:read "sky-out/bin/o")
  end)

  it("case 100: that is too long for the system says so", function()
    for _, name in ipairs { ("x"):rep(300), ("d/"):rep(2100) .. "x" } do
      local r = space.new { ["BUILD.lua"] = ('genrule { name = "g", srcs = { %q }, '
        .. 'outs = { "o" }, cmd = "true" }'):format(name) }:build()
      assert.is_true(r.exit == 1 or r.exit == 36, r.stderr)
      assert.is_truthy(r.stderr:find "error%[E%d+%]" and r.stderr:find "//", r.stderr)
      space.close_all()
    end
  end)

  it("case 102: of symlinks in a circle is an error that names them; a glob ends", function()
    local s = one "cat in > $(out)"
    s:run "rm in; ln -s b in; ln -s in b"
    fails(s, "in")
    s = space.new { ["d/x"] = "x\n", ["BUILD.lua"] = 'genrule { name = "g", '
      .. 'srcs = glob { "d/**" }, outs = { "o" }, cmd = "echo $(in) > $(out)" }' }
    s:run "ln -s . d/self"
    s:build()
    assert.is_truthy((s:read "sky-out/bin/o" or "d/x"):find("d/x", 1, true))
  end)

  it("case 103: of a link in the middle that leads elsewhere now is a change", function()
    local s = one("cat in > $(out)", nil, { one = "1\n", two = "2\n" })
    s:run "rm in; ln -s one mid; ln -s mid in"
    s:built()
    s:run "ln -sfn two mid"
    assert.same({ "Genrule out" }, s:build().ran)
    assert.equal("2\n", s:read "sky-out/bin/out")
  end)

  it("case 105: of a directory that may not be read is an error", function()
    local s = space.new { ["d/x"] = "", ["e/y"] = "", ["BUILD.lua"] =
      'filegroup { name = "g", srcs = glob { "*/**" } }' }
    local as = ""
    if s:sh "test $(id -u) = 0" == 0 then
      if s:sh "command -v setpriv" ~= 0 then return end
      as = "setpriv --reuid=65534 --regid=65534 --clear-groups "
      s:run "chown -R 65534:65534 ..; chmod 755 .."
    end
    s:run "chmod 000 e"
    local exit, _, err = s:sh(as .. '"$SKYLUA" build')
    s:run "chmod 755 e"
    if err:find "exec" then return end      -- the binary lies where nobody else may look
    assert.equal(36, exit, err)
    assert.is_truthy(err:find "'?e'?.*[Pp]ermission denied", err)
  end)
end)
