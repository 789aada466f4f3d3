--- `skylua doctor`.
local space = require "spec.support.space"

after_each(space.close_all)

describe("skylua doctor", function()
  it("finds this machine fit, and names what it looked at", function()
    local r = space.new():skylua "doctor"
    assert.equal(0, r.exit, r.stdout .. r.stderr)
    for _, what in ipairs { "kernel", "sandbox", "cc", "ar", "cache", "limits", "file system",
      "clock" } do
      assert.is_truthy(r.stdout:find("%l+%s+" .. what .. "%s+%S"), what .. "\n" .. r.stdout)
    end
  end)

  it("works outside of a workspace, too", function()
    local s = space.new()
    s:remove "WORKSPACE.lua"
    assert.equal(0, s:skylua("doctor").exit)
  end)

  it("ends with 1 when a build would fail, and says why", function()
    local s = space.new()
    local exit, out = s:sh 'CC=/nowhere/cc "$SKYLUA" doctor'
    assert.equal(1, exit)
    assert.is_truthy(out:find("BAD   cc +CC is '/nowhere/cc'"), out)
    exit, out = s:sh 'ulimit -n 30; "$SKYLUA" doctor'
    assert.equal(1, exit)
    assert.is_truthy(out:find("BAD   limits +30 open files"), out)
  end)

  it("notes a kernel without Landlock", function()
    local exit, out = space.new():sh 'SKYLUA_NO_LANDLOCK=1 "$SKYLUA" doctor'
    assert.equal(0, exit)
    assert.is_truthy(out:find "note  sandbox +this kernel has no Landlock", out)
  end)

  it("takes no targets", function()
    assert.equal(2, space.new():skylua("doctor //:x").exit)
  end)
end)
