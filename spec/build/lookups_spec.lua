--- Headers that were looked for in vain: what comes into being there is noticed, declared or not.
local space = require "spec.support.space"

after_each(space.close_all)

--- Builds after `path` was written: it runs for that reason, fails, names it, and is well again
-- when it is gone.
local function shadowed(s, path)
  s:write { [path] = "#define H 9\n" }
  local r = s:build()
  assert.equal(1, r.exit, r.stderr)
  assert.is_truthy(r.stderr:find(path, 1, true), r.stderr)
  local reason
  for _, ev in ipairs(r.events) do reason = reason or ev.event == "action" and ev.reason end
  assert.is_truthy(reason:find("^header search changed: "), reason)
  s:run("rm -r " .. path:match "^[^/]+/[^/]+")
  assert.equal(0, s:build().exit)
  assert.equal(2, (s:sh "sky-out/bin/app/a"))
  assert.same({}, s:build().ran)
end

--- app/a.c with the header lib/h.h, found in the way that `text` and `includes` say.
local function program(text, includes)
  local s = space.new {
    ["app/BUILD.lua"] = ('cc_binary { name = "a", srcs = { "a.c" }, deps = { "//lib" }, '
      .. "includes = { %s } }\n"):format(includes),
    ["app/a.c"] = text .. "int main(void) { return H; }\n",
    ["lib/BUILD.lua"] = 'package { default_visibility = { "//visibility:public" } }\n'
      .. 'cc_library { name = "lib", hdrs = { "h.h" }, includes = { "." } }\n',
    ["lib/h.h"] = "#define H 2\n",
    ["app/first/other.h"] = "",
  }:built "//..."
  assert.equal(2, (s:sh "sky-out/bin/app/a"))
  assert.same({}, s:build("//...").ran)
  return s
end

describe("an undeclared header", function()
  it("that comes earlier on the include path is noticed", function()
    shadowed(program('#include <h.h>\n', '"first"'), "app/first/h.h")
  end)

  it("that comes beside the file that includes another one by its path is noticed", function()
    shadowed(program('#include "lib/h.h"\n', ""), "app/lib/h.h")
  end)

  it("that is named like one of the system is noticed", function()
    shadowed(program('#include <stdint.h>\n#include <h.h>\n', '"first"'), "app/first/stdint.h")
  end)

  it("that nobody looked for, or looked for later, runs nothing", function()
    local s = program('#include <stdint.h>\n#include "lib/h.h"\n', '"first"')
    s:write { ["app/first/none.h"] = "", ["lib/none.h"] = "",
      ["app/notes.txt"] = "", ["other/lib/h.h"] = "", ["first/h.h"] = "" }
    assert.same({}, s:build("//...").ran)
  end)
end)
