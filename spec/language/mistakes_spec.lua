--- What people read when a BUILD.lua is wrong: the whole text, for each directory of
--- spec/golden/mistakes. SKYLUA_UPDATE=1 writes expect.txt anew.
local events = require "spec.support.events"

local DIR = "spec/golden/mistakes"
local update = os.getenv("SKYLUA_UPDATE")

local scratch = events.temp_dir()
teardown(function() events.must("rm -rf " .. scratch) end)

---@return string[]
local function cases()
  local list = {}
  for name in events.must("ls " .. DIR):gmatch("[^\n]+") do
    list[#list + 1] = name
  end
  return list
end

--- The error itself: everything before the summary, whose times differ.
---@param text string
---@return string
local function error_part(text)
  return (text:gsub("\n?failed: [^\n]*\n.*$", "\n"):gsub("\n+$", "\n"))
end

local function build(name)
  local dir = scratch .. "/" .. name
  events.must(("cp -a %s/%s/ws %s"):format(DIR, name, dir))
  local code, _, err = events.sh(("cd %s && XDG_CACHE_HOME=%s %s build //... --color=never "
    .. "--progress=none --evaluators=1"):format(dir, scratch .. "/cache",
    events.quote(events.skylua)))
  return code, error_part(err)
end

describe("a wrong BUILD.lua", function()
  for _, name in ipairs(cases()) do
    it(name:gsub("_", " "), function()
      local code, text = build(name)
      local path = ("%s/%s/expect.txt"):format(DIR, name)
      if update then
        local f = assert(io.open(path, "wb"))
        f:write(text)
        f:close()
      end
      assert.are.equal(events.read(path), text)
      assert.is_true(code == 1 or code == 2, "exit " .. code)
    end)
  end

  it("is tried in at least 80 ways", function()
    assert.is_true(#cases() >= 80)
  end)
end)
