--- skylua help: rules as they are, libraries of the workspace, the language in short.
local events = require "spec.support.events"
local space_of = require "spec.language.space"

local function help(topic, dir)
  return events.sh(("cd %s && %s help %s"):format(dir or "/", events.skylua, topic))
end

local function shows(topic, parts, dir)
  local code, out, err = help(topic, dir)
  assert.are.equal(0, code, err)
  for _, part in ipairs(parts) do assert.is_truthy(out:find(part, 1, true), part .. "\n" .. out) end
  for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 100, line) end
end

describe("help", function()
  it("shows the attributes of a rule, from its own docs", function()
    shows("cc_library", { "cc_library: A C or C++ library", "name *", "srcs",
      "sources, and headers of its own", "targets with CcInfo", "It provides CcInfo." })
    shows("py_test", { 'local python = load "@sky//python.lua"', "python.py_test {",
      '"script" | "unittest"', 'default "script"', "`skylua test`" })
  end)

  it("lists all rules, each with a line", function()
    shows("rules", { "cc_binary ", "genrule ", "py_binary ", 'load "@sky//archive.lua":' })
  end)

  it("knows topics, which its overview names", function()
    local topics = require "cli.topics"
    local _, overview = help ""
    for _, name in ipairs(topics.names) do
      assert.is_truthy(overview:match("Topics: [^\n]*" .. name:gsub("%-", "%%-")), name)
      shows(name, {})
    end
  end)

  it("explains every code that the sources use", function()
    local used = events.must("grep -rhoE '\"E[0-9]{4}\"' lua src | sort -u")
    local n = 0
    for code in used:gmatch("E%d+") do
      n = n + 1
      shows(code, { code .. ": " })
    end
    assert.is_true(n > 40)
  end)

  it("shows the rules of a library of the workspace, or what is wrong with it", function()
    local space = space_of.new {
      ["WORKSPACE.lua"] = 'repo.path { name = "x", path = "third_party/x" }',
      ["third_party/x/r.lua"] = 'local u = load "//up.lua"\nreturn { far = u.upper }',
      ["third_party/x/up.lua"] = "return { upper = rule { doc = 'Far.', impl = print } }",
      ["tools/upper.lua"] = "local u = rule { doc = 'Writes capitals.', impl = print,\n"
        .. "  attrs = { src = attr.label { mandatory = true, allow_single_file = { '.txt' } } } }\n"
        .. "return { upper = u, HELLO = 1 }",
      ["tools/bad.lua"] = "x = 1",
    }
    shows("//tools/upper.lua", { "upper: Writes capitals.", 'load "//tools/upper.lua"',
      "src *", "a file with .txt", "Also there: HELLO." }, space.dir)
    shows("upper.lua:upper", { "upper: Writes capitals." }, space.dir .. "/tools")
    shows("@x//r.lua", { "far: Far." }, space.dir)
    for topic, why in pairs {
      ["//tools/uper.lua"] = "there is no library '//tools/uper.lua'",
      ["//tools/upper.lua:uper"] = "did you mean 'upper'?",
      ["//tools/bad.lua"] = "error[E0203]: assignment to the global 'x'\n  --> //tools/bad.lua:1",
      ["@y//r.lua"] = "there is no repository '@y'", ["@sky//none.lua"] = "there is no library",
    } do
      local code, _, err = help(topic, space.dir)
      assert.are.equal(2, code, topic)
      assert.is_truthy(err:find(why, 1, true), err)
    end
    space:remove()
  end)

  it("suggests", function()
    for topic, best in pairs { biuld = "build", cc_libary = "cc_library", ctz = "ctx",
      py_tset = "py_test", e0209x = "E0209" } do
      local code, _, err = help(topic)
      assert.are.equal(2, code)
      assert.is_truthy(err:find("did you mean '" .. best .. "'?", 1, true), err)
    end
  end)
end)
