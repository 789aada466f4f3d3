--- Edits that times hide: within one tick, with the times put back, under clocks that are wrong.
local space = require "spec.support.space"

after_each(space.close_all)

local FILES = {
  ["BUILD.lua"] = 'genrule { name = "g", srcs = { "s" }, outs = { "g" }, cmd = "cp $(in) $(out)" }',
  s = "0\n",
}

--- `skylua build` by a clock that is off, and what it ran.
local function build_at(s, seconds, before)
  s:run(('%s SKYLUA_FAKE_CLOCK=%d "$SKYLUA" build --json=events'):format(before or "",
    seconds * 1000000000))
  local ran = 0
  for _ in s:read("events"):gmatch '"event":"action"' do ran = ran + 1 end
  return ran
end

describe("an edit", function()
  it("of the same size, at once after the build and again, is seen each time", function()
    local s = space.new(FILES):built()
    for i = 1, 8 do
      assert.equal(1, build_at(s, 0, ("echo %d > s;"):format(i)))
      assert.equal(i .. "\n", s:read "sky-out/bin/g")
    end
  end)

  it("of the same size, with the time put back, is seen: in place, or moved over", function()
    local s = space.new(FILES)
    s:run "touch -d '2020-01-01 00:00:00.5' s"
    s:built():built()
    assert.equal(1, build_at(s, 0, "echo 1 > s; touch -d '2020-01-01 00:00:00.5' s;"))
    assert.equal(1, build_at(s, 0,
      "echo 2 > t; touch -d '2020-01-01 00:00:00.5' t; mv t s;"))
    assert.equal("2\n", s:read "sky-out/bin/g")
    assert.equal(0, build_at(s, 0))
  end)

  it("is seen by a clock that is put back, and nothing is built for ever", function()
    local s = space.new(FILES):built()
    for i, seconds in ipairs { -3600, 3600, 0, -100000, 0 } do
      assert.equal(1, build_at(s, seconds, ("echo %d > s;"):format(i)))
      assert.equal(i .. "\n", s:read "sky-out/bin/g")
      assert.equal(0, build_at(s, seconds))
    end
  end)

  it("dated far in the future is seen, and so is the next one", function()
    local s = space.new(FILES):built()
    for i = 1, 2 do
      assert.equal(1, build_at(s, 0, ("echo %d > s; touch -d 2050-01-01 s;"):format(i)))
      assert.equal(0, build_at(s, 0))
    end
    assert.equal("2\n", s:read "sky-out/bin/g")
  end)
end)

describe("an input that is edited while its action runs", function()
  --- The command waits for nothing: it edits its own input.
  local function during(edit)
    local s = space.new {
      ["BUILD.lua"] = ('genrule { name = "g", srcs = { "s" }, outs = { "g" }, cmd = %q }'):format(
        "cp $(in) $(out); [ -e ../go ] || { touch ../go; " .. edit .. "; }"),
      s = "0\n",
    }
    s:run "touch -d '2020-01-01 00:00:00.5' s"
    return s
  end

  for how, edit in pairs {
    ["in place"] = "echo 1 > s",
    ["with its time put back"] = "echo 1 > s; touch -d '2020-01-01 00:00:00.5' s",
    ["by a file that is moved over"] = "echo 1 > ../t; touch -d '2020-01-01 00:00:00.5' ../t; "
      .. "mv ../t s",
    ["by a symlink that takes its place"] = "echo 1 > ../t; ln -sf ../t s",
    ["and deleted"] = "rm s",
  } do
    it(how .. ": nothing of it is kept", function()
      local s = during(edit)
      local r = s:build "--sandbox=off"
      assert.equal(1, r.exit)
      assert.is_truthy(r.stderr:find("'s' was changed while the command ran", 1, true), r.stderr)
      assert.is_false(s:exists "sky-out/bin/g")
      if how ~= "and deleted" then
        assert.same({ "Genrule g" }, s:build("--sandbox=off").ran)
        assert.equal("1\n", s:read "sky-out/bin/g")
        assert.same({}, s:build("--sandbox=off").ran)
      end
    end)
  end
end)
