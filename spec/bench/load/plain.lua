-- plain.lua: the same files run by Lua alone, with functions that keep what they are given.
--   lua5.4 plain.lua ROOT PACKAGES -> "seconds user-seconds targets rss-kib"
local uv = require "luv"

local ROOT, PACKAGES = arg[1], math.tointeger(arg[2])

local targets, count = {}, 0

local function rule(kind)
  return function(spec)
    spec.kind = kind
    count = count + 1
    targets[count] = spec
  end
end

local env = setmetatable({ cc_library = rule "cc_library", cc_binary = rule "cc_binary",
  cc_test = rule "cc_test" }, { __index = _G })

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local modules = {}

function env.load(label)
  if not modules[label] then
    local path = ROOT .. label:gsub("^/", "")
    modules[label] = assert(load(read(path), "=" .. label, "t", env))()
  end
  return modules[label]
end

local began = uv.hrtime()
for p = 0, PACKAGES - 1 do
  local path = ("%s/p%d/BUILD.lua"):format(ROOT, p)
  assert(load(read(path), "=" .. path, "t", setmetatable({}, { __index = env })))()
end
local seconds = (uv.hrtime() - began) / 1e9
local used = uv.getrusage()
print(("%.4f %.4f %d %d"):format(seconds, used.utime.sec + used.utime.usec / 1e6, #targets,
  uv.resident_set_memory() // 1024))
