-- load.lua: all packages of a workspace, loaded by skylua.
--   skylua lua load.lua ROOT EVALUATORS -> "seconds user-seconds targets rss-kib evaluated"
local core = require "core"
local uv = require "luv"

local root, evaluators = arg[1], math.tointeger(arg[2])
local before = uv.getrusage()
local began = uv.hrtime()
local engine = core.engine { build = true, root = root, jobs = 1, evaluators = evaluators }
local key = core.key("TARGETS", "//...")
local result = engine:evaluate { key }
local failed = result:error(key)
if failed then error(failed.message) end
local count = #result:value(key)
local seconds = (uv.hrtime() - began) / 1e9
local stats = engine:stats()
local packages = stats.fns.PACKAGE
local used = uv.getrusage()
local rss = uv.resident_set_memory() // 1024
engine:close()
print(("%.4f %.4f %d %d %d"):format(seconds,
  used.utime.sec + used.utime.usec / 1e6 - before.utime.sec - before.utime.usec / 1e6, count, rss,
  packages and packages.evaluated or -1))
