--- `skylua lua spec/engine/support/runner.lua FILE`: runs a spec file in this process.
-- describe, it, before_each, after_each and luassert's assert, as busted has them.
local inside = require "spec.engine.support.inside"

package.loaded["spec.engine.support.runner"] = true
local prefix, before, after, tests = {}, {}, {}, {}

function _G.describe(name, fn)
  table.insert(prefix, name)
  fn()
  table.remove(prefix)
end

function _G.before_each(fn) before[#before + 1] = fn end
function _G.after_each(fn) after[#after + 1] = fn end

function _G.it(name, fn)
  local words = table.move(prefix, 1, #prefix, 1, {})
  words[#words + 1] = name
  tests[#tests + 1] = { name = table.concat(words, " "), fn = fn }
end

_G.assert = require "luassert"

local function traced(e)
  if type(e) == "table" and e.message then
    e = type(e.message) == "string" and e.message or tostring(e)
  end
  return debug.traceback(tostring(e), 2)
end

local file = arg[1]
local chunk = _G.assert(loadfile(file))
chunk()
local only = arg[2]
for _, test in ipairs(tests) do
  if not only or test.name:find(only, 1, true) then
    for _, fn in ipairs(before) do fn() end
    local ok, why = xpcall(test.fn, traced)
    for _, fn in ipairs(after) do fn() end
    inside.report(ok and "ok" or "fail", test.name, not ok and why or nil)
  end
end
inside.report("end", "")
