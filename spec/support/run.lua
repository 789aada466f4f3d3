--- `make test`: runs the C tests and the specs, as many at a time as there are
-- cores, and ends with "N passed, N failed".
--   SKYLUA=path lua5.4 spec/support/run.lua [C test binaries | spec files]...
-- With no spec file named, all *_spec.lua below spec/ are run. A C test's last
-- line may be "N passed, N failed"; without it, it counts as one by its exit
-- code. Whatever crashes, hangs or says nothing counts as failed.

local uv = require "luv"

local TIMEOUT_MS = 600 * 1000
local SUM = "(%d+) passed, (%d+) failed"

---@return string[]
local function all_specs()
  local list = {}
  local pipe = assert(io.popen("find spec -name '*_spec.lua' -not -path 'spec/real/*'"
    .. " -not -path 'spec/bench/*' | LC_ALL=C sort"))
  for path in pipe:lines() do list[#list + 1] = path end
  pipe:close()
  return list
end

---@class Job
---@field name string
---@field argv string[]
---@field is_spec boolean

---@param args string[]
---@return Job[]
local function jobs_of(args)
  local tests, specs = {}, {}
  for _, path in ipairs(args) do
    local list = path:find("%.lua$") and specs or tests
    list[#list + 1] = path
  end
  if #specs == 0 then specs = all_specs() end
  local jobs = {}
  -- Specs first: they take longest, and a C test fills the gap at the end.
  for _, path in ipairs(specs) do
    jobs[#jobs + 1] = { name = path, is_spec = true, argv = { "busted", path } }
  end
  for _, path in ipairs(tests) do
    jobs[#jobs + 1] = { name = path, is_spec = false, argv = { path } }
  end
  return jobs
end

local total = { passed = 0, failed = 0 }
local broken = {}

--- Adds one finished job to the sum and prints what went wrong.
---@param job Job
---@param output string
---@param code integer
---@param signal integer
local function account(job, output, code, signal)
  local passed, failed = 0, 0
  for p, f in output:gmatch(SUM) do passed, failed = tonumber(p), tonumber(f) end
  local said = output:find(SUM) ~= nil
  local clean = code == 0 and signal == 0
  if not clean and failed == 0 or job.is_spec and not said then
    failed = failed + 1
  elseif not said and clean then
    passed = 1
  end
  total.passed, total.failed = total.passed + passed, total.failed + failed
  local verdict = failed > 0 and "FAIL" or "ok  "
  print(("%s %s (%d passed, %d failed)"):format(verdict, job.name, passed, failed))
  if failed > 0 then
    broken[#broken + 1] = job.name
    local how = job.timed_out and "timed out" or signal ~= 0 and "killed by signal " .. signal
      or "exit code " .. code
    io.write("---- ", job.name, ": ", how, "\n", (output:gsub("\n$", "")), "\n----\n")
  elseif output:find("\npending: ") or output:find("^pending: ") then
    for line in output:gmatch("pending: [^\n]*") do print("     " .. line) end
  end
  io.flush()
end

---@param job Job
---@param done fun()
local function start(job, done)
  local pipe, chunks = uv.new_pipe(false), {}
  local timer = uv.new_timer()
  local left, code, signal = 2, 0, 0
  local function part()
    left = left - 1
    if left > 0 then return end
    timer:close()
    account(job, table.concat(chunks), code, signal)
    done()
  end
  local handle, pid
  handle, pid = uv.spawn("sh", {
    args = { "-c", 'exec "$0" "$@" 2>&1', table.unpack(job.argv) },
    stdio = { nil, pipe, nil },
    detached = true,
  }, function(c, s)
    code, signal = c, s
    handle:close()
    part()
  end)
  if not handle then
    account(job, "cannot start: " .. tostring(pid) .. "\n", 127, 0)
    timer:close()
    pipe:close()
    return done()
  end
  timer:start(TIMEOUT_MS, 0, function()
    job.timed_out = true
    uv.kill(-pid, "sigkill")
  end)
  pipe:read_start(function(_, data)
    if data then
      chunks[#chunks + 1] = data
    else
      pipe:close()
      part()
    end
  end)
end

-- Specs give each workspace a cache of its own; should one forget, it is not the user's.
local cache = assert(uv.fs_mkdtemp "/tmp/skylua-cache-XXXXXX")
uv.os_setenv("XDG_CACHE_HOME", cache)

local jobs, at = jobs_of(arg), 0
local function next_job()
  at = at + 1
  if jobs[at] then start(jobs[at], next_job) end
end
for _ = 1, math.max(1, #uv.cpu_info()) do next_job() end
uv.run()
os.execute("rm -rf " .. cache)

if #broken > 0 then print("failed: " .. table.concat(broken, " ")) end
print(("%d passed, %d failed"):format(total.passed, total.failed))
os.exit(total.failed == 0 and 0 or 1)
