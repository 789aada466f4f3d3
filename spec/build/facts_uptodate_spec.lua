--- Facts about build systems, with the numbers of the study: what is up to date, what is not.
local space = require "spec.support.space"

after_each(space.close_all)

--- a -> b -> c; b drops comments, so that it may come out the same.
local CHAIN = [[
genrule { name = "b", srcs = { "a" }, outs = { "b.out" }, cmd = "sed 's/#.*//' $(in) > $(out)" }
genrule { name = "c", srcs = { ":b" }, outs = { "c.out" }, cmd = "cp $(in) $(out)" }
]]

local function chain()
  return space.new { ["BUILD.lua"] = CHAIN, a = "1 # one\n" }:built()
end

local B, C = "Genrule b.out", "Genrule c.out"

--- One genrule of `srcs` that copies them.
local function copies(srcs, files)
  files["BUILD.lua"] = ('genrule { name = "g", srcs = %s, outs = { "g" }, '
    .. 'cmd = "cat $(in) > $(out)" }'):format(srcs)
  return space.new(files)
end

--- Seconds later for skylua: no file is as young as its look at it.
local function build_later(s)
  return s:run 'SKYLUA_FAKE_CLOCK=5000000000 "$SKYLUA" build --json 2> /dev/null'
end

describe("fact", function()
  it("1: a build with nothing to do runs nothing and leaves the state file alone", function()
    local s = chain()
    build_later(s)
    local before = s:run "stat -c '%s %y %i' sky-out/state/graph.log"
    local out = build_later(s)
    assert.is_truthy(out:find('"executed":0', 1, true), out)
    assert.equal(before, s:run "stat -c '%s %y %i' sky-out/state/graph.log")
  end)

  it("2: a touched source runs nothing, and its new times are stored", function()
    local s = chain()
    s:run "touch -d '2001-01-01' a"
    assert.same({}, s:build().ran)
    build_later(s)
    local before = s:run "stat -c '%s %y %i' sky-out/state/graph.log"
    build_later(s)
    assert.equal(before, s:run "stat -c '%s %y %i' sky-out/state/graph.log")
  end)

  it("3: a changed source runs what follows once each", function()
    local s = chain():write { a = "2\n" }
    assert.same({ B, C }, s:build().ran)
  end)

  it("4: what comes out the same stops the change", function()
    local s = chain():write { a = "1 # uno\n" }
    local r = s:build()
    assert.same({ B }, r.ran)
    assert.equal(1, r.finished.actions.up_to_date)
  end)

  it("5: and the build after that runs nothing", function()
    local s = chain():write { a = "1 # uno\n" }:built()
    assert.same({}, s:build().ran)
  end)

  it("6: of three readers of three outputs, only that of the changed one runs", function()
    local s = space.new { a = "x\n1\n", ["BUILD.lua"] = [[
genrule { name = "three", srcs = { "a" }, outs = { "1", "2", "3" },
          cmd = "set -- $(out); head -n 1 $(in) > $1; wc -l < $(in) > $2; cp $(in) $3" }
for i = 1, 3 do
  genrule { name = "r" .. i, srcs = { tostring(i) }, outs = { i .. ".r" },
            cmd = "cp $(in) $(out)" }
end
]] }:built()
    s:write { a = "x\n2\n" }
    assert.same({ "Genrule 1", "Genrule 3.r" }, s:build().ran)
  end)

  it("7: a deleted output is made again though what it is made of came out the same", function()
    local s = space.new { a = "1\n", ["BUILD.lua"] = [[
genrule { name = "one", srcs = { "a" }, outs = { "1" }, cmd = "wc -l < $(in) > $(out)" }
genrule { name = "two", srcs = { ":one" }, outs = { "2", "3" },
          cmd = "for f in $(out); do cp $(in) $f; done" }
genrule { name = "reader", srcs = { "2" }, outs = { "4" }, cmd = "cp $(in) $(out)" }
]] }:built()
    s:write { a = "2\n" }:remove "sky-out/bin/3"
    local r = s:build()
    assert.same({ { "Genrule 1" }, { "Genrule 2" } }, { r.ran, r.restored })
    assert.is_true(s:exists "sky-out/bin/3")
  end)

  it("10: another command line runs, and so do other words in a parameter file", function()
    local function build_file(salt)
      return [[
local params = rule {
  attrs = { words = attr.string_list {} },
  impl = function(ctx)
    local out = ctx:declare_file "p"
    ctx:run { mnemonic = "Params", outputs = { out },
      argv = { "sh", "-c", "cp ${1#@} $0", out,
        ctx:args():add_all(ctx.attr.words):param_file("@%s", { always = true }) } }
    return { DefaultInfo { files = { out } } }
  end,
}
params { name = "p1", words = { "one", "]] .. salt .. [[" } }
genrule { name = "g", outs = { "g" }, cmd = "echo ]] .. salt .. [[ > $(out)" }
]]
    end
    local s = space.new { ["BUILD.lua"] = build_file "a" }:built()
    assert.equal("one\na\n", s:read "sky-out/bin/p")
    s:write { ["BUILD.lua"] = build_file "b" }
    assert.same({ "Genrule g", "Params p" }, (function()
      local ran = s:build().ran
      table.sort(ran)
      return ran
    end)())
    assert.equal("one\nb\n", s:read "sky-out/bin/p")
    assert.equal("b\n", s:read "sky-out/bin/g")
  end)

  it("11: a command without inputs is not run again", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", outs = { "g" }, cmd = "echo > $(out)" }' }:built()
    assert.same({}, s:build().ran)
  end)

  it("12: an output that nobody remembers making is not believed", function()
    local s = copies('{ "a" }', { a = "1\n", ["sky-out/bin/g"] = "1\n" })
    assert.same({ "Genrule g" }, s:build().ran)
    s:run "rm -r sky-out/state"
    assert.same({ "Genrule g" }, s:build("--cache=off").ran)
    s:run "rm -r sky-out/state"
    assert.same({ "Genrule g" }, s:build().restored)
  end)

  it("13: an input that is taken from the list runs it", function()
    local s = copies('{ "a", "b" }', { a = "1\n", b = "2\n" }):built()
    s:write { ["BUILD.lua"] = (s:read("BUILD.lua"):gsub(', "b"', "")) }
    assert.same({ "Genrule g" }, s:build().ran)
    assert.equal("1\n", s:read "sky-out/bin/g")
  end)

  it("14: an older file in its place is a change", function()
    local s = copies('{ "a" }', { a = "1\n" }):built()
    s:run "echo 2 > new && touch -d 2001-01-01 new && mv new a"
    assert.same({ "Genrule g" }, s:build().ran)
    assert.equal("2\n", s:read "sky-out/bin/g")
  end)

  it("15: the same size and the old time do not hide a change", function()
    local s = copies('{ "a" }', { a = "1\n" }):built()
    build_later(s)
    s:run "touch -r a ref && echo 2 > a && touch -r ref a"
    assert.same({ "Genrule g" }, s:build().ran)
    assert.equal("2\n", s:read "sky-out/bin/g")
  end)

  it("16: an output edited by hand is made again", function()
    local s = chain()
    build_later(s)
    s:run [[cd sky-out/bin; touch -r b.out ref; echo 7 > b.out; touch -r ref b.out]]
    local r = s:build()
    assert.same({ {}, { B } }, { r.ran, r.restored })
    assert.equal("1 \n", s:read "sky-out/bin/b.out")
  end)

  it("17: one of two outputs was deleted: both are there again", function()
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "g", outs = { "1", "2" }, '
      .. 'cmd = "for f in $(out); do echo > $f; done" }' }:built():remove "sky-out/bin/2"
    assert.same({ "Genrule 1" }, s:build().restored)
    assert.is_true(s:exists "sky-out/bin/1" and s:exists "sky-out/bin/2")
  end)

  it("20: a listed variable counts, when it changes and when it goes; another never", function()
    local s = space.new { ["BUILD.lua"] = 'genrule { name = "g", outs = { "g" }, '
      .. 'env = { "LISTED" }, cmd = "echo $LISTED > $(out)" }' }
    local function executed(env)
      return tonumber(s:run(env .. ' "$SKYLUA" build --json'):match '"executed":(%d+)')
    end
    assert.equal(1, executed "LISTED=1")
    assert.equal(1, executed "LISTED=2")
    assert.equal(0, executed "LISTED=2 OTHER=1 LANG=C TZ=UTC HOME=/")
    assert.equal(1, executed "unset LISTED;")
    assert.equal(1, executed "LISTED=")
    assert.equal(0, executed "LISTED=")
  end)

  it("21: the exec bit of a source is part of it", function()
    local s = space.new { a = "1\n", ["BUILD.lua"] = 'genrule { name = "g", srcs = { "a" }, '
      .. 'outs = { "g" }, cmd = "cp -p $(in) $(out)" }' }:built()
    s:run "chmod +x a"
    assert.same({ "Genrule g" }, s:build().ran)
    assert.equal(0, (s:sh "test -x sky-out/bin/g"))
    s:run "chmod -x a"
    assert.same({ "Genrule g" }, s:build().restored)
    assert.equal(1, (s:sh "test -x sky-out/bin/g"))
  end)

  it("22: a symlink that leads to another old file is a change", function()
    local s = copies('{ "l" }', { one = "1\n", two = "2\n" })
    s:run "touch -d 2001-01-01 one two; ln -s one l"
    s:built()
    s:run "ln -sfn two l"
    assert.same({ "Genrule g" }, s:build().ran)
    assert.equal("2\n", s:read "sky-out/bin/g")
  end)
end)
