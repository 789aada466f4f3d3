--- The C rules: linking in all its forms.
local events = require "spec.support.events"
local space_of = require "spec.language.space"

local space
local function new(files)
  space = space_of.new(files)
  return space
end
after_each(function()
  if space then space:remove() end
  space = nil
end)

local function ran(args)
  return events.what(space:ok(args))
end

local FILES = {
  ["BUILD.lua"] = [[
cc_library { name = "low", srcs = { "low.c" }, linkopts = { "-lm" } }
cc_library { name = "high", srcs = { "high.c" }, deps = { ":low" } }
cc_library { name = "fixed", srcs = { "fixed.c" }, linkstatic = true }
cc_library { name = "hook", srcs = { "hook.c" }, linkstatic = true, alwayslink = true }
cc_binary { name = "app", srcs = { "app.c" }, linkstatic = false,
  deps = { ":high", ":fixed", ":hook" } }
cc_binary { name = "whole", srcs = { "app.c" }, deps = { ":high", ":fixed", ":hook" } }
cc_shared_library { name = "plug", srcs = { "fixed.c" }, deps = { ":high" }, linkstatic = false }]],
  ["low.c"] = "#include <math.h>\ndouble low(double x) { return sqrt(x); }\n",
  ["high.c"] = "double low(double x);\nint high(int n) { return (int)low(n); }\n",
  ["fixed.c"] = "int fixed(void) { return 2; }\n",
  ["hook.c"] = "#include <stdio.h>\n__attribute__((constructor)) static void f(void) "
    .. "{ puts(\"hooked\"); }\n",
  ["app.c"] = "#include <stdio.h>\nint high(int n), fixed(void);\n"
    .. "int main(void) { printf(\"%d\\n\", high(49) + fixed()); return 0; }\n",
}

describe("linkstatic = false", function()
  it("links libraries as shared ones, but for those that are to be archives", function()
    new(FILES)
    -- two shared libraries, an archive each of the other two, and the program
    assert.are.equal("AR 2, CC 5, LINK 3", ran "build //:app")
    assert.are.equal("hooked\n9\n", space:sh "sky-out/bin/app")
    local needed = space:sh "readelf -d sky-out/bin/app | grep NEEDED"
    assert.is_truthy(needed:find("libhigh.so", 1, true) and needed:find("liblow.so", 1, true))
    assert.is_falsy(needed:find("fixed", 1, true))
    assert.are.equal("", ran "build //:app")
  end)

  it("compiles nothing a second time for the other way of linking", function()
    new(FILES)
    ran "build //:app"
    assert.are.equal("AR 2, CC 1, LINK 1", ran "build //:whole")
    assert.are.equal("hooked\n9\n", space:sh "sky-out/bin/whole")
    assert.is_falsy(space:sh("readelf -d sky-out/bin/whole"):find("libhigh", 1, true))
  end)

  it("keeps dependencies of a shared library outside of it", function()
    new(FILES)
    ran "build //:plug"
    assert.is_falsy(space:sh("nm -D --defined-only sky-out/bin/libplug.so"):find("high", 1, true))
    assert.is_truthy(space:sh("readelf -d sky-out/bin/libplug.so"):find("libhigh.so", 1, true))
  end)
end)

describe("an archive", function()
  it("has the members that the library has now", function()
    new { ["BUILD.lua"] = 'cc_library { name = "l", srcs = glob { "*.c" } }',
      ["a.c"] = "int a;\n", ["b.c"] = "int b;\n" }
    ran "build //:l"
    assert.are.equal("a.c.o\nb.c.o\n", space:sh "ar t sky-out/bin/libl.a")
    space:sh "rm b.c"
    assert.are.equal("AR 1", ran "build //:l")
    assert.are.equal("a.c.o\n", space:sh "ar t sky-out/bin/libl.a")
  end)
end)
