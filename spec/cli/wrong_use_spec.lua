--- Exit 2 is for what the user named; errors about something else are the build's.
require "spec.support.fake_cli"
local outcome = require "cli.outcome"

describe("an error of the language without a place", function()
  local function wrong_use(label, about, code, file)
    return outcome.is_wrong_use({ code = code or "E0213", label = about, message = "no",
      file = file }, label)
  end

  it("is wrong use when it is about what the user asked for", function()
    assert.is_true(wrong_use("//a:b", "//a:b"))
    assert.is_true(wrong_use("//a:b", "//a", "E0214"))
    assert.is_true(wrong_use("//a:b", nil))
    assert.is_true(wrong_use(nil, "//a"))
  end)

  it("is a failed build when it is about another label: its place was not found in time",
    function()
      assert.is_false(wrong_use("//a:b", "//c:d"))
      assert.is_false(wrong_use("//a:b", "//c", "E0214"))
      assert.is_false(wrong_use("//a:b", "//a:bc"))
    end)

  it("is a failed build when it has a place, or is no error of the language", function()
    assert.is_false(wrong_use("//a:b", "//a:b", nil, "a/BUILD.lua"))
    assert.is_false(wrong_use("//a:b", "//a:b", "E0301"))
  end)
end)
