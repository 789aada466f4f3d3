local report = require "ui.report"

describe("an error as text", function()
  it("has headline, place, source line, caret and advice", function()
    assert.equal([[
error[E0208]: cc_binary has no attribute 'scrs'
  --> //app/BUILD.lua:4:3
   |
 4 |   scrs = { "main.c" },
   |   ^^^^
  help: did you mean 'srcs'?
]], report.render {
      code = "E0208", message = "cc_binary has no attribute 'scrs'", file = "app/BUILD.lua",
      line = 4, column = 3, source = '  scrs = { "main.c" },', hint = "did you mean 'srcs'?",
    })
  end)

  it("widens the gutter for long line numbers and underlines a whole string", function()
    assert.equal([[
error: no such target
  --> //BUILD.lua:120:10
     |
 120 |   deps = ":greeet",
     |          ^^^^^^^^^
]], report.render {
      message = "no such target", file = "//BUILD.lua", line = 120, column = 10,
      source = '  deps = ":greeet",',
    })
  end)

  it("keeps the caret below tabs and letters of several bytes", function()
    local text = report.render {
      message = "m", file = "a", line = 1, column = 7, length = 1, source = "\t\u{e9}\u{e9} x",
    }
    assert.equal("   | \t   ^", text:match("\n([^\n]*%^)"))
  end)

  it("shows the chain of calls, innermost first", function()
    local text = report.render { message = "m", chain = { "//tools/a.lua:3", "app/BUILD.lua:9" } }
    assert.equal("error: m\n  called from //tools/a.lua:3\n  called from //app/BUILD.lua:9\n", text)
  end)

  it("shows a cycle by its labels, back to the first", function()
    local text = report.render { message = "a cycle", cycle = {
      'CONFIGURED_TARGET:["//a:x",""]', 'ACTION:["//a:x","",1]',
      'CONFIGURED_TARGET:["//b:y",""]' } }
    assert.equal("error: a cycle\n    //a:x\n    -> //b:y\n    -> //a:x\n", text)
  end)

  it("shows what caused it", function()
    local text = report.render { message = "outer", cause = { code = "E0101", message = "inner" } }
    assert.equal("error: outer\nbecause of:\nerror[E0101]: inner\n", text)
  end)

  it("colours only when asked", function()
    local paint = require("ui.term").painter(true)
    assert.is_truthy(report.render({ message = "m" }, paint):find("\27[31m", 1, true))
    assert.is_nil(report.render({ message = "m" }):find("\27", 1, true))
  end)
end)

describe("several errors", function()
  it("are shown once for each root cause", function()
    local root = { code = "E0201", message = "broken", file = "x.lua", line = 1 }
    local groups = report.groups {
      { label = "//a", error = { message = "cannot load", cause = root } },
      { label = "//b", error = { message = "other", } },
      { label = "//c", error = { message = "cannot load too", cause = root } },
    }
    assert.equal(2, #groups)
    assert.same({ "//a", "//c" }, groups[1].labels)
    assert.is_truthy(report.render_group(groups[1]):find(
      "  and 1 more target failed because of it: //c\n", 1, true))
  end)

  it("tell apart equal words at different places", function()
    local groups = report.groups {
      { label = "//a", error = { message = "m", file = "x", line = 1 } },
      { label = "//b", error = { message = "m", file = "x", line = 2 } },
    }
    assert.equal(2, #groups)
  end)
end)
