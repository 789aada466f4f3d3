--- Odd names, many targets, long command lines, edits during a build, streams that are closed.
local space = require "spec.support.space"

after_each(space.close_all)

local COPY = 'genrule { name = "g", srcs = { %s }, outs = { "g" }, cmd = "cat $(in) > $(out)" }'

describe("a name", function()
  local NAMES = { "with space", "quote'd", 'double"quote', "dollar$HOME", "#hash", "-dash",
    "semi;colon&", "\u{e9}\u{1F600}", "per%cent", "a=b", "lat\xe91", "{brace}", "!bang", "~tilde",
    "(paren", "<lt>|", " lead", "trail ", "`tick`", "x@at", "--", "a,b", "]x" }

  it("that no label can have is refused with words, in a list and in a glob", function()
    for _, name in ipairs { "back\\slash", "tab\tname", "new\nline", "a:b" } do
      local s = space.new { ["BUILD.lua"] = COPY:format(("%q"):format(name)), [name] = "1\n" }
      for _ = 1, 2 do
        local r = s:build()
        assert.equal(1, r.exit, name)
        assert.is_truthy(r.stderr:find("error%[E02%d%d%]"), r.stderr)
        assert.is_truthy(r.stderr:find("//BUILD.lua:1", 1, true), r.stderr)
        s:write { ["BUILD.lua"] = COPY:format('glob { "*[!ags]*" }') }
      end
      space.close_all()
    end
  end)

  it("of a source may be anything else that a path can be", function()
    local files, lines = {}, {}
    for i, name in ipairs(NAMES) do
      files[name] = name .. " 1\n"
      lines[i] = (COPY:gsub('"g"', ('"g%d"'):format(i))):format(("%q"):format(name))
    end
    files["BUILD.lua"] = table.concat(lines, "\n")
    local s = space.new(files):built()
    assert.same({}, s:build().ran)
    for _, name in ipairs(NAMES) do files[name] = name .. " 2\n" end
    s:write(files)
    assert.equal(#NAMES, #s:build().ran)
    for i, name in ipairs(NAMES) do
      assert.equal(name .. " 2\n", s:read("sky-out/bin/g" .. i), name)
    end
  end)

  it("comes through globs, outputs, parameter files and events as it is", function()
    local files, outs = { ["BUILD.lua"] = [[
local copy = rule {
  attrs = { srcs = attr.label_list { allow_files = true } },
  impl = function(ctx)
    local outs = {}
    for i, file in ipairs(ctx.files.srcs) do
      outs[i] = ctx:declare_file("out/" .. file.basename)
      ctx:run { argv = { "cp", "--", file, outs[i] }, inputs = { file }, outputs = { outs[i] },
        mnemonic = "Copy" }
    end
    local list = ctx:declare_file "list"
    ctx:run { argv = { "sh", "-c", "cp ${1#@} $0", list,
      ctx:args():add_all(ctx.files.srcs):param_file("@%s", { always = true }) },
      inputs = ctx.files.srcs, outputs = { list }, mnemonic = "List" }
    return { DefaultInfo { files = { outs, list } } }
  end,
}
copy { name = "copy", srcs = glob { "d/**" } }
]] }, {}
    for i, name in ipairs(NAMES) do
      files["d/" .. name] = i .. "\n"
      outs[i] = "sky-out/bin/out/" .. name
    end
    local s = space.new(files):built()
    for i, out in ipairs(outs) do assert.equal(i .. "\n", s:read(out), out) end
    assert.same({}, s:build().ran)
    s:write { ["d/dollar$HOME"] = "changed\n" }
    local ran = s:build().ran
    table.sort(ran)
    assert.same({ "Copy out/dollar$HOME", "List list" }, ran)
  end)

  it("of a header comes through the depfile", function()
    for _, name in ipairs { "with space.h", "dollar$x.h", "#hash.h", "\u{e9}.h", "per%c.h" } do
      local s = space.new {
        ["BUILD.lua"] = ('cc_binary { name = "a", srcs = { "a.c", %q } }'):format(name),
        ["a.c"] = ('#include "%s"\nint main(void) { return X; }\n'):format(name),
        [name] = "#define X 0\n",
      }
      local r = s:build()
      assert.equal(0, r.exit, name .. "\n" .. r.stderr)
      s:write { [name] = "#define X 1\n" }
      assert.equal(2, #s:build().ran, name)
      space.close_all()
    end
  end)
end)

describe("a thousand targets", function()
  it("are built, and then not", function()
    local s = space.new { s = "1\n", ["BUILD.lua"] = [[
for i = 1, 1000 do
  genrule { name = "t" .. i, srcs = { i % 10 == 0 and ":t" .. i - 1 or "s" },
            outs = { "o" .. i }, cmd = { "cp", "$(in)", "$(out)" } }
end
]] }
    local r = s:command("build", "-j 4")
    assert.equal(0, r.exit, r.stderr)
    assert.equal(1000, #r.ran)
    r = s:build()
    assert.same({}, r.ran)
    assert.equal(0, r.finished.nodes.evaluated)
  end)
end)

describe("a command line", function()
  it("too long for the system is an error with words, or goes into a file", function()
    local names, files = {}, {}
    for i = 1, 3000 do
      names[i] = ("d/%s%d"):format(("x"):rep(60), i)
      files[names[i]] = ""
    end
    files["BUILD.lua"] = COPY:format('glob { "d/*" }')
    local s = space.new()
    s:run(("mkdir d; cd d; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); : > %s$i; done")
      :format(("x"):rep(60)))
    s:write { ["BUILD.lua"] = files["BUILD.lua"] }
    local r = s:build()
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("too long", 1, true), r.stderr)
    s:write { ["BUILD.lua"] = [[
local list = rule {
  attrs = { srcs = attr.label_list { allow_files = true } },
  impl = function(ctx)
    local out = ctx:declare_file "g"
    ctx:run { argv = { "sh", "-c", "wc -l < ${1#@} > $0", out,
      ctx:args():add_all(ctx.files.srcs):param_file("@%s") }, inputs = ctx.files.srcs,
      outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
}
list { name = "g", srcs = glob { "d/*" } }
]] }:built()
    assert.equal("3000\n", s:read "sky-out/bin/g")
  end)
end)

describe("the number of jobs", function()
  it("may be 0 or absurd without harm", function()
    local s = space.new { ["BUILD.lua"] = COPY:format '"s"', s = "1\n" }
    for flags, exit in pairs { ["-j0"] = 0, ["-j 99999999"] = 0, ["-j 99999999999999999999"] = 2,
      ["-j -1"] = 2, ["-jx"] = 2, ["--evaluators=-1"] = 2 } do
      local r = s:skylua("build " .. flags)
      assert.equal(exit, r.exit, flags .. "\n" .. r.stderr)
    end
  end)
end)

describe("a file edited during a build", function()
  it("is built from next time, also a BUILD.lua", function()
    local s = space.new { a = "1\n", ["BUILD.lua"] = [[
genrule { name = "slow", outs = { "slow.out" },
          cmd = "echo > ../started; sleep 0.3; echo > $(out)" }
genrule { name = "g", srcs = { ":slow", "a" }, outs = { "g" }, cmd = "cat a > $(out)" }
]] }:free()
    s:sh([["$SKYLUA" build --sandbox=off > /dev/null 2>&1 & p=$!
      while ! test -s ../started; do sleep 0.02; done
      echo 2 > a; sed -i 's/cat a/cat a a/' BUILD.lua; wait $p]])
    s:built()
    assert.equal("2\n2\n", s:read "sky-out/bin/g")
    assert.same({}, s:build().ran)
  end)

  it("while a command reads it is not taken for what was built", function()
    local s = space.new { a = "1\n", ["BUILD.lua"] = 'genrule { name = "g", srcs = { "a" }, '
      .. 'outs = { "g" }, cmd = "cat a > $(out); [ -e ../1 ] || { touch ../1; echo 2 > a; }" }' }
    s:free()
    assert.equal(1, s:build().exit)
    s:built()
    assert.equal("2\n", s:read "sky-out/bin/g")
    s:write { a = "1\n" }
    assert.same({ "Genrule g" }, s:build().ran)
  end)
end)

describe("streams that nobody reads", function()
  it("do not keep a build from ending, nor its work from being kept", function()
    local s = space.new { ["BUILD.lua"] = [[
for i = 1, 50 do
  genrule { name = "g" .. i, outs = { "o" .. i }, cmd = "echo loud; echo > $(out)" }
end
]] }
    for _, command in ipairs { '"$SKYLUA" build --json | true', '"$SKYLUA" build 2>&1 | true',
      '"$SKYLUA" build >&- 2>&-', '"$SKYLUA" build -s < /dev/null > /dev/full 2>&1' } do
      s:run "rm -rf sky-out"
      local exit = s:sh("timeout 20 sh -c '" .. command .. "'; echo $? > ../exit")
      assert.equal(0, exit)
      assert.is_true(tonumber(s:run "cat ../exit") < 124, command .. s:run "cat ../exit")
      assert.equal(0, s:build().exit, command)
      assert.same({}, s:build().ran)
    end
  end)
end)

describe("a background process of a command", function()
  it("does not hold the build up", function()
    local nap = ("sleep 65.%06d"):format(math.random(999999))
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "g", outs = { "g" }, '
      .. 'cmd = "' .. nap .. ' & echo > $(out)" }' }
    assert.equal(0, (s:sh 'timeout 10 "$SKYLUA" build > /dev/null 2>&1'))
    assert.is_false(s:has_process(nap))
  end)
end)
