--- --check-determinism: what is run is run twice, and must make the same.
local space = require "spec.support.space"

after_each(space.close_all)

--- A genrule whose command can tell its second run: what the first made is put aside.
---@param cmd string  $N is 1, then 2
---@return Space
local function twice(cmd)
  return space.new { ["BUILD.lua"] = ('genrule { name = "g", outs = { "a" }, cmd = %q }'):format(
    "N=1; if [ -h sky-out/twice/1/bin/a -o -e sky-out/twice/1/bin/a ]; then N=2; fi; " .. cmd) }
end

describe("--check-determinism", function()
  it("runs what must run twice, and is content", function()
    local s = space.new { ["BUILD.lua"] = [[
      genrule { name = "g", outs = { "a", "d/b" }, cmd = "echo a > $(outdir)/a; "
        .. "echo noise; ln -s ../a $(outdir)/d/b" }
      genrule { name = "h", outs = { "h" }, srcs = { "a" }, cmd = { "cp", "$(in)", "$(out)" } }
    ]] }
    local r = s:build "--check-determinism"
    assert.equal(0, r.exit, r.stderr)
    assert.same({ "Genrule a", "Genrule h" }, r.ran)
    assert.equal("a\n", s:read "sky-out/bin/h")
    assert.is_true(s:exists "sky-out/bin/d/b")
    assert.is_false(s:exists "sky-out/twice/1/bin/a")
    assert.same({}, s:build("--check-determinism").ran)
    s:remove "sky-out"         -- what comes from the cache would not be compared
    assert.same({ "Genrule a", "Genrule h" }, s:build("--check-determinism").ran)
  end)

  it("shows the first difference of texts", function()
    local s = twice("{ echo same; echo run number $N; } > $(out)")
    local r = s:build "--check-determinism"
    assert.equal(1, r.exit)
    assert.same({ "Genrule a" }, r.failed)
    assert.equal("E0319", r.messages[1].code)
    assert.is_truthy(r.stderr:find("//:g: run twice, 'sky-out/bin/a' differs at byte 16, line 2",
      1, true), r.stderr)
    assert.is_truthy(r.stderr:find("first:  run number 1\n", 1, true), r.stderr)
    assert.is_truthy(r.stderr:find("second: run number 2\n", 1, true), r.stderr)
    assert.equal("same\nrun number 1\n", s:read "sky-out/twice/1/bin/a")
    assert.equal("same\nrun number 2\n", s:read "sky-out/twice/2/bin/a")
    assert.is_false(s:exists "sky-out/bin/a")
    -- nothing is remembered of it
    assert.same({ "Genrule a" }, s:build().ran)
  end)

  for _, case in ipairs {
    { "bytes", "printf '\\000\\001%s' $N > $(out)", "differs at byte 2, line 1" },
    { "lengths", "if [ $N = 2 ]; then echo more; fi > $(out)", "(0 and 5 bytes)" },
    { "exec bits", "echo > $(out); chmod $((N - 1))$((N - 1))00 $(out); chmod +rw $(out); "
      .. "if [ $N = 2 ]; then chmod +x $(out); fi", "is executable only once" },
    { "symlinks", "ln -s to-$N $(out)", "leads to to-1 and to to-2" },
    { "kinds", "if [ $N = 1 ]; then echo > $(out); else ln -s x $(out); fi", "another kind" },
  } do
    it("notices other " .. case[1], function()
      local r = twice(case[2]):build "--check-determinism"
      assert.equal(1, r.exit, r.stderr)
      assert.is_truthy(r.stderr:find(case[3], 1, true), r.stderr)
    end)
  end

  it("looks into directories", function()
    local s = space.new { ["dir.lua"] = [[
      return { dir = rule { attrs = { cmd = attr.string {} }, impl = function(ctx)
        local out = ctx:declare_directory(ctx.name)
        ctx:run_shell { cmd = ctx.attr.cmd, args = { out }, outputs = { out } }
        return { DefaultInfo { files = { out } } }
      end } }]] }
    s:write { ["BUILD.lua"] = [[load("//dir.lua").dir { name = "d", cmd = "mkdir -p $1/s/t; "
      .. "echo > $1/s/t/a; if [ -e sky-out/twice/1/bin/d ]; then echo > $1/s/t/b; fi" }]] }
    local r = s:build "--check-determinism"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("'sky-out/bin/d/s/t/b' was made by the second run only", 1,
      true), r.stderr)
  end)

  it("works for compilers and their depfiles", function()
    local s = space.new { ["BUILD.lua"] = 'cc_binary { name = "m", srcs = { "m.c", "m.h" } }\n',
      ["m.c"] = '#include "m.h"\nint main(void) { return M; }\n', ["m.h"] = "#define M 0\n" }
    local r = s:build "--check-determinism"
    assert.equal(0, r.exit, r.stderr)
    s:write { ["m.h"] = "#define M 1\n" }
    assert.equal(2, #s:build().ran)
    s:write { ["m.c"] = "int main(void) { return sizeof(__TIME__) + __COUNTER__; }\n" }
    assert.equal(0, s:build("--check-determinism").exit)
  end)

  it("tells when the second run fails", function()
    local s = twice("echo > $(out); exit $((N - 1))")
    local r = s:build "--check-determinism"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stderr:find("exit code 1", 1, true), r.stderr)
  end)
end)
