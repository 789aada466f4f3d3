local patterns = require "cli.patterns"

local ROOT = { root = "/w", cwd = "/w", pkg = "" }
local APP = { root = "/w", cwd = "/w/src/app", pkg = "src/app" }

describe("a target on the command line", function()
  local cases = {
    { "//a:b", APP, "label", "//a:b" },
    { "//a/b", APP, "label", "//a/b:b" },
    { "//:x", APP, "label", "//:x" },
    { "@r//a:b", APP, "label", "@r//a:b" },
    { "//...", APP, "pattern", "//..." },
    { "//a/...", APP, "pattern", "//a/..." },
    { "//a:all", APP, "pattern", "//a:all" },
    { "@r//...", APP, "pattern", "@r//..." },
    { ":x", APP, "label", "//src/app:x" },
    { ":x", ROOT, "label", "//:x" },
    { ":all", APP, "pattern", "//src/app:all" },
    { "sub:x", APP, "label", "//src/app/sub:x" },
    { "../lib:x", APP, "label", "//src/lib:x" },
    { "...", APP, "pattern", "//src/app/..." },
    { "./...", APP, "pattern", "//src/app/..." },
    { "...", ROOT, "pattern", "//..." },
    { "sub/...", APP, "pattern", "//src/app/sub/..." },
    { "../...", APP, "pattern", "//src/..." },
    { "../../...", APP, "pattern", "//..." },
    { "main.c", APP, "path", "src/app/main.c" },
    { "./x/../main.c", APP, "path", "src/app/main.c" },
    { "/w/src/lib/a.c", APP, "path", "src/lib/a.c" },
    { ".", APP, "path", "src/app" },
    { ".", ROOT, "path", "" },
    { "/w", APP, "pattern", "//..." },
  }
  for _, case in ipairs(cases) do
    it(("%s in %s is %s %s"):format(case[1], case[2].cwd, case[3], case[4]), function()
      local p, err = patterns.read(case[1], case[2])
      assert.is_nil(err)
      assert.equal(case[3], p.kind)
      assert.equal(case[4], p.text)
      assert.is_false(p.negative)
    end)
  end

  it("takes away behind a minus sign", function()
    local p = patterns.read("-//a/...", APP)
    assert.is_true(p.negative)
    assert.equal("//a/...", p.text)
    assert.equal("//src/app:x", patterns.read("-:x", APP).text)
  end)

  for _, word in ipairs { "//a:b:c", "../../../x.c", "/etc/passwd", "//" } do
    it("refuses " .. word, function()
      local p, err = patterns.read(word, APP)
      assert.is_nil(p)
      assert.is_truthy(err.message:find(word, 1, true))
    end)
  end

  it("is the current directory and below by default", function()
    assert.equal("//...", patterns.default(ROOT).text)
    assert.equal("//src/app/...", patterns.default(APP).text)
  end)
end)
