--- The sandbox: what a command may open, what it is told, and which attribute to mend.
local space = require "spec.support.space"

after_each(space.close_all)

local probe = space.new {}
local HAS = not probe:skylua("build --sandbox=auto").stderr:find "no sandbox"
space.close_all()

--- Without Landlock there is nothing to show.
local function it_sandboxed(name, fn)
  (HAS and it or pending)(name, fn)
end

--- One genrule `g` with these attributes, and the file `in`.
local function one(cmd, more, files)
  files = files or {}
  files["in"] = "in\n"
  files["BUILD.lua"] = ('genrule { name = "g", srcs = { "in" }, outs = { "out" }, cmd = %q%s }\n%s')
    :format(cmd, more and ", " .. more or "", files.build or "")
  files.build = nil
  return space.new(files)
end

--- Fails with this code, and the message or advice has these words.
local function refused(s, code, ...)
  local r = s:build()
  assert.equal(1, r.exit, r.stderr)
  assert.equal(code, r.messages[1] and r.messages[1].code, r.stderr)
  for _, words in ipairs { ... } do
    assert.is_truthy(r.stderr:find(words, 1, true), words .. "\n" .. r.stderr)
  end
  assert.is_false(s:exists "sky-out/bin/out")
  return r
end

describe("an undeclared", function()
  it_sandboxed("case 61: source is not read; file, target and attribute are named", function()
    local s = one("cat in secret > $(out)", nil, { secret = "s\n" })
    refused(s, "E0304", "//:g reads 'secret', which it does not declare", "add it to srcs of //:g")
    s:write { ["BUILD.lua"] = (s:read("BUILD.lua"):gsub('{ "in" }', '{ "in", "secret" }')) }:built()
    assert.equal("in\ns\n", s:read "sky-out/bin/out")
  end)

  for name, cmd in pairs {
    python = "python3 -c 'open(\"a dir/secret\")'",
    lua = "lua5.4 -e 'assert(io.open(\"a dir/secret\"))'",
    sed = "sed -n 1p 'a dir/secret'",
    bash = "bash -c 'read x < \"a dir/secret\"'",
    make = "make -f 'a dir/secret'",
  } do
    it_sandboxed("case 61: source is named in the words of " .. name, function()
      if (one ""):sh("command -v " .. cmd:match "^%S+") ~= 0 then return end
      refused(one(cmd, nil, { ["a dir/secret"] = "x:\n" }), "E0304", "'a dir/secret'")
    end)
  end

  it_sandboxed("case 61: output of another is not read, though it lies beside", function()
    local s = one("cat sky-out/bin/other > $(out)", nil, {
      build = 'genrule { name = "o", outs = { "other" }, cmd = "echo o > $(out)" }' })
    s:build "//:o"
    assert.equal("o\n", s:read "sky-out/bin/other")
    refused(s, "E0304", "reads 'sky-out/bin/other'", "it is made by //:o", "srcs of //:g")
  end)

  it_sandboxed("case 61: tool is not run", function()
    local s = one("./tool.sh > $(out)", nil, { ["tool.sh"] = "#!/bin/sh\necho tool\n" })
    s:run "chmod +x tool.sh"
    refused(s, "E0304", "reads 'tool.sh'", "to tools when it is run, of //:g")
    s:write { ["BUILD.lua"] = (s:read("BUILD.lua"):gsub("outs =", 'tools = { "tool.sh" }, %0')) }
    s:built()
    assert.equal("tool\n", s:read "sky-out/bin/out")
  end)

  it_sandboxed("case 62: header is an error that names header, target and attribute", function()
    local s = space.new {
      ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c" }, includes = { "x", "y" } , '
        .. 'deps = { ":l" } }\ncc_library { name = "l", hdrs = { "y/h.h" } }',
      ["a.c"] = "#include <h.h>\nint main(void) { return H; }\n",
      ["x/h.h"] = "#define H 1\n", ["y/h.h"] = "#define H 0\n",
    }
    refused(s, "E0304", "//:a reads 'x/h.h'", "add it to hdrs or srcs of //:a")
    s:remove("x/h.h"):built()
  end)

  it_sandboxed("case 62: header is found by the depfile where very many may be read", function()
    local files = { ["a.c"] = '#include "h1.h"\n#include "d/no.h"\nint main(void) { return 0; }\n',
      ["d/no.h"] = "", ["BUILD.lua"] = 'cc_binary { name = "a", srcs = { "a.c", glob { "h*.h" }, '
      .. 'glob { "d/h*.h" } } }' }
    local s = space.new(files)
    s:run "for i in $(seq 150); do : > h$i.h; : > d/h$i.h; done"
    refused(s, "E0304", "//:a reads 'd/no.h'", "add it to hdrs or srcs of //:a")
  end)

  it("case 63: file may be asked about: only what is opened is refused", function()
    local s = one("if [ -e secret ]; then echo there; else echo not there; fi > $(out)", nil,
      { secret = "" })
    s:built()
    assert.equal("there\n", s:read "sky-out/bin/out")
  end)

  it_sandboxed("case 64: output is not written into the tree of sources", function()
    refused(one "echo > $(out); echo > new.txt", "E0311", "writes 'new.txt'",
      "add it to outs of //:g")
    refused(one "echo > $(out); touch 'a b'", "E0311", "writes 'a b'")
    refused(one "echo > $(out); mkdir d", "E0311", "writes 'd'")
  end)

  it_sandboxed("case 64: file outside of the workspace is neither read nor written", function()
    local s = one "echo > $(out); echo > ../far"
    refused(s, "E0311", "'../far'")
    assert.is_false(s:exists "../far")
    s = one("cat ../far > $(out)"):write { ["../far"] = "far\n" }
    refused(s, "E0304", "'../far'", "outside of the workspace")
  end)
end)

describe("an input", function()
  it_sandboxed("case 92: is not written to", function()
    refused(one "echo > $(out); echo x >> in", "E0311", "tries to change its input 'in'")
    refused(one "echo > $(out); rm in", "E0311", "tries to change its input 'in'")
  end)

  it("case 92: that was written to is found without the sandbox, too", function()
    local s = one("echo > $(out); echo x >> in"):free()
    local r = s:build()
    assert.equal(1, r.exit)
    assert.equal("E0306", r.messages[1].code)
    assert.is_truthy(r.stderr:find("'in'", 1, true))
  end)

  it_sandboxed("case 93: is not deleted, nor is another's output in another directory", function()
    local s = one("echo > $(out); rm -f sky-out/bin/d/other", nil, {
      ["d/BUILD.lua"] = 'genrule { name = "o", outs = { "other" }, cmd = "echo > $(out)" }',
      ["e/BUILD.lua"] = 'genrule { name = "o", outs = { "out" }, '
        .. 'cmd = "echo > $(out); rm sky-out/bin/d/other" }' })
    s:build "//d:o"
    assert.equal(1, s:build("//e:o").exit)
    assert.is_true(s:exists "sky-out/bin/d/other")
  end)
end)

describe("a command in the sandbox", function()
  it("may do with its outputs what it likes", function()
    for _, cmd in ipairs {
      "cp in $(out)", "cat in > $(out).tmp; mv $(out).tmp $(out)",
      "cat in > $TMPDIR/x; mv $TMPDIR/x $(out)", "cp in $(out); sed -i s/x/y/ $(out)",
      "ln -s in sky-out/bin/l; cat in > $(out); rm sky-out/bin/l",
      "f=$(mktemp); cat in > $f; cp $f $(out)", "cd sky-out/bin; cp ../../in out",
      "install -m 755 in $(out)", "cat in > $(out); sort -o $(out) $(out)",
      "mkdir sky-out/bin/d; cp in sky-out/bin/d; mv sky-out/bin/d/in $(out); rmdir sky-out/bin/d",
    } do
      local s = one(cmd)
      local r = s:build()
      assert.equal(0, r.exit, cmd .. "\n" .. r.stderr)
      assert.equal("in\n", s:read "sky-out/bin/out", cmd)
      assert.same({ "Genrule out" }, r.ran)
      space.close_all()
    end
  end)

  it("may use the compiler and what it built", function()
    local s = one("gcc -x c -o $TMPDIR/p in2 && $TMPDIR/p > $(out); gcc -x c -o $(out).exe in2; "
      .. "$(out).exe >> $(out); rm $(out).exe")
    s:write { in2 = '#include <stdio.h>\nint main(void) { puts("p"); return 0; }\n',
      ["BUILD.lua"] = (s:read("BUILD.lua"):gsub('"in"', '"in2"')) }
    s:built()
    assert.equal("p\np\n", s:read "sky-out/bin/out")
  end)

  it("may read and write directories that it declares, and what lies in them", function()
    local s = space.new { ["x/a"] = "a\n", ["x/b/c"] = "c\n", ["BUILD.lua"] = [[
local tree = rule {
  attrs = { srcs = attr.label_list { allow_files = true } },
  impl = function(ctx)
    local dir = ctx:declare_directory "tree"
    ctx:run_shell { cmd = "mkdir $1/d; cp $2 $3 $1/d; ln -s d/a $1/l; mkdir $1/empty; cat $1/l",
      args = { dir, ctx.files.srcs }, inputs = ctx.files.srcs, outputs = { dir } }
    local out = ctx:declare_file "list"
    ctx:run_shell { cmd = "cd $1; find . | sort > $OLDPWD/$2; cat d/* >> $OLDPWD/$2",
      args = { dir, out }, inputs = { dir }, outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
}
tree { name = "t", srcs = { "x/a", "x/b/c" } }
]] }:built()
    assert.equal(".\n./d\n./d/a\n./d/c\n./empty\n./l\na\nc\n", s:read "sky-out/bin/list")
  end)

  it("finds modules beside a script that are declared, as Python does", function()
    local s = one("python3 t/main.py > $(out)", 'tools = { "t/main.py", "t/helper.py" }', {
      ["t/main.py"] = "import helper\n", ["t/helper.py"] = 'print("helped")\n' })
    if s:sh "command -v python3" ~= 0 then return end
    s:built()
    assert.equal("helped\n", s:read "sky-out/bin/out")
  end)

  it("reads sources through symlinks", function()
    local s = one("cat in > $(out)")
    s:run "mkdir real; mv in real/x; ln -s real/x in"
    s:built()
    assert.equal("in\n", s:read "sky-out/bin/out")
  end)

  it("works in a workspace below a directory of the system, whose other files it reads", function()
    if (one ""):sh "test -w /usr/local/lib" ~= 0 then return end
    local s = one("cat secret > $(out)", nil, { secret = "" })
    local dir = s:run("mktemp -d /usr/local/lib/skylua-spec.XXXXXX"):sub(1, -2)
    s:run(("mv %s %s/ws; ln -s %s/ws %s"):format(s.root, dir, dir, s.root))
    if HAS then refused(s, "E0304", "'secret'") end
    s:write { ["BUILD.lua"] = 'genrule { name = "g", outs = { "out" }, '
      .. 'cmd = "gcc --version > $(out)" }' }:built()
    s:run("rm -r " .. dir)
  end)

  it("has a TMPDIR of its own, empty at first", function()
    local s = space.new { ["BUILD.lua"] = [[
for i = 1, 4 do
  genrule { name = "g" .. i, outs = { "o" .. i },
    cmd = "ls -A $TMPDIR > $(out); echo $TMPDIR >> $(out); mkdir -p $TMPDIR/d; : > $TMPDIR/d/x; "
      .. "chmod 500 $TMPDIR/d; sleep 0.05" }
end
]] }
    assert.equal(0, s:command("build", "-j 2").exit)
    for i = 1, 4 do
      assert.equal(s.root .. "/sky-out/state/tmp/", s:read("sky-out/bin/o" .. i):gsub("%d\n$", ""))
    end
  end)
end)

describe("the network", function()
  local SOCKET = "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'"

  it_sandboxed("case 90: is not there, and the target is told so", function()
    if (one ""):sh "command -v python3" ~= 0 then return end
    refused(one("echo > $(out); " .. SOCKET), "E0312", "//:g wants the network",
      "add network = true to //:g")
    one("echo > $(out); " .. SOCKET, "network = true"):built()
    one("echo > $(out); " .. SOCKET:gsub("AF_INET, ", "AF_UNIX, ")):built()
  end)
end)

describe("--sandbox", function()
  local function without(s, args)
    local exit, out, err = s:sh('SKYLUA_NO_LANDLOCK=1 "$SKYLUA" build ' .. args)
    return exit, out, err
  end

  it("says once that it is not available, and goes on", function()
    local s = one("cat secret > $(out)", nil, { secret = "s\n" })
    local exit, _, err = without(s, "")
    assert.equal(0, exit, err)
    assert.equal(1, select(2, err:gsub("no sandbox: ", "")))
    assert.equal("s\n", s:read "sky-out/bin/out")
  end)

  it("=require ends with 36 when it is not", function()
    local exit, out, err = without(one "cp in $(out)", "--sandbox=require --json")
    assert.equal(36, exit)
    assert.is_truthy(err:find "E0310" and err:find "Landlock", err)
    assert.is_truthy(out:find '"exit":36', out)
  end)

  it("=off is off", function()
    local s = one("cat secret > $(out)", nil, { secret = "s\n" })
    assert.equal(0, s:build("--sandbox=off").exit)
    assert.equal(2, s:build("--sandbox=on").exit)
  end)

  it("is no part of what an action is", function()
    local s = one "cp in $(out)"
    assert.same({ "Genrule out" }, s:build("--sandbox=off").ran)
    assert.same({}, s:build().ran)
  end)
end)

describe("a failing command", function()
  it("that names a file is not blamed on the sandbox for that", function()
    local s = one("echo 'see README.md'; grep nothing in", nil, { ["README.md"] = "" })
    local r = s:build()
    assert.equal("E0301", r.messages[1].code, r.stderr)
    assert.same({ "Genrule out" }, r.failed)
  end)
end)

describe("a file that a command leaves beside its outputs", function()
  it("case 64: is removed and told of, with the target", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "a" }, cmd = "echo > $(out); echo > $(out).tmp" }
genrule { name = "b", outs = { "d/b" }, cmd = "echo > $(out); ln -s b sky-out/bin/d/l" }
genrule { name = "c", outs = { "d/c" }, cmd = "echo > $(out)" }]] }
    local r = s:build()
    assert.equal(0, r.exit)
    assert.equal("a\nd\nd/b\nd/c\n", s:run "cd sky-out/bin; find * | sort")
    local said = {}
    for i, message in ipairs(r.messages) do said[i] = message.level .. " " .. message.text end
    assert.same({
      "warning 'sky-out/bin/a.tmp' was left by the command of //:a, which does not declare it; "
        .. "it is removed",
      "warning 'sky-out/bin/d/l' was left by the command of one of //:b, //:c, which does not "
        .. "declare it; it is removed" }, said)
    assert.equal("//:a", r.messages[1].label)
    assert.same({ {}, {} }, { s:build().ran, s:build().messages })
  end)

  it("is not taken for one that another target made before, nor one of the user's", function()
    local s = space.new { ["BUILD.lua"] = [[
genrule { name = "a", outs = { "a" }, cmd = "echo > $(out)" }
genrule { name = "b", outs = { "b" }, cmd = "echo > $(out)" }]] }
    s:build "//:a"
    s:write { ["sky-out/bin/mine"] = "" }:run "sleep 0.05"
    assert.same({ "Genrule b" }, s:build("//:b").ran)
    assert.equal("a\nb\nmine\n", s:run "cd sky-out/bin; find * | sort")
  end)
end)
