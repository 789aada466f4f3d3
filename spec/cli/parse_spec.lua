local parse = require "cli.parse"

describe("the parser of the command line", function()
  it("takes the first word as command and the others as targets", function()
    local o = parse.parse { "build", "//a:b", ":c", "-//old/..." }
    assert.equal("build", o.command)
    assert.same({ "//a:b", ":c", "-//old/..." }, o.targets)
  end)

  it("takes flags before and after the command", function()
    local o = parse.parse { "-k", "build", "--jobs=3", "//a", "-q" }
    assert.is_true(o.keep_going)
    assert.equal(3, o.jobs)
    assert.is_true(o.quiet)
    assert.same({ "//a" }, o.targets)
  end)

  for _, words in ipairs { "-j4", "-j 4", "--jobs 4", "--jobs=4", "-kj4", "-j=4" } do
    it("reads " .. words, function()
      local argv = { "build" }
      for word in words:gmatch("%S+") do argv[#argv + 1] = word end
      local o, err = parse.parse(argv)
      assert.is_nil(err)
      assert.equal(4, o.jobs)
      assert.same({}, o.targets)
    end)
  end

  it("takes the value of --json only after =", function()
    local o = parse.parse { "build", "--json", "//a" }
    assert.is_true(o.json)
    assert.same({ "//a" }, o.targets)
    assert.equal("x.json", parse.parse({ "build", "--json=x.json" }).json)
  end)

  it("collects repeated flags", function()
    local o = parse.parse { "build", "-Da=1", "-D", "b=2", "-C", "x", "-Cy" }
    assert.same({ "a=1", "b=2" }, o.define)
    assert.same({ "x", "y" }, o.directory)
  end)

  it("leaves what follows -- alone", function()
    local o = parse.parse { "run", ":x", "--", "-j", "--json", "--" }
    assert.same({ "-j", "--json", "--" }, o.rest)
    assert.is_nil(o.json)
  end)

  local mistakes = {
    { { "build", "--keep-goign" }, "unknown flag '--keep-goign'", "did you mean '--keep-going'?" },
    { { "build", "--jbos=3" }, "unknown flag '--jbos'", "did you mean '--jobs'?" },
    { { "build", "-z" }, "unknown flag '-z'" },
    { { "build", "-kz" }, "unknown flag '-z'" },
    { { "build", "-j" }, "--jobs wants a value: -j N, --jobs=N" },
    { { "build", "-j", "many" }, "--jobs wants a number, not 'many'" },
    { { "build", "-j", "-1" }, "--jobs wants a number, not '-1'" },
    { { "build", "-c", "releas" }, "--mode cannot be 'releas'", "did you mean 'release'?" },
    { { "build", "--color=blue" }, "--color cannot be 'blue'", "one of: auto, always, never" },
    { { "build", "--quiet=1" }, "--quiet takes no value" },
  }
  for _, case in ipairs(mistakes) do
    it("refuses " .. table.concat(case[1], " "), function()
      local _, err = parse.parse(case[1])
      assert.equal(case[2], err.message)
      if case[3] then assert.equal(case[3], err.hint) end
    end)
  end
end)
