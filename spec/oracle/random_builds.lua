--- Random workspaces and random edits: every build must be as a clean one, and no more work.
--
--   SKYLUA_ORACLE_STEPS=2000 SKYLUA_SEED=7 lua5.4 spec/oracle/random_builds.lua
--   SKYLUA_SCRIPT="seed:keep:steps" lua5.4 spec/oracle/random_builds.lua    (as a failure prints)
-- Run in the root of the checkout. $SKYLUA is the binary, else build/skylua.
local rng_of, runner

local M = {}

local STEPS_OF_ONE = 25          -- then another workspace is taken

local function load_parts()
  rng_of = require "spec.oracle.rng"
  runner = require "spec.oracle.runner"
end

---@param seed integer
---@param n integer
---@return Script
function M.script(seed, n)
  local rng = rng_of.new(seed)
  local steps = {}
  for i = 1, n do steps[i] = rng:int(1000000000) end
  return { seed = seed, steps = steps }
end

-- ---- shrinking ----

local function copy_without(list, from, to)
  local out = {}
  for i, v in ipairs(list) do
    if i < from or i > to then out[#out + 1] = v end
  end
  return out
end

--- Leaves out ever smaller pieces of a list while the script still fails.
local function shrink_list(list, still_fails)
  local piece = #list // 2
  while piece >= 1 do
    local at = 1
    while at <= #list do
      local shorter = copy_without(list, at, at + piece - 1)
      if #shorter < #list and still_fails(shorter) then
        list = shorter
      else
        at = at + piece
      end
    end
    piece = piece // 2
  end
  return list
end

local function set_of(list)
  local set = {}
  for _, v in ipairs(list) do set[v] = true end
  return set
end

--- The smallest script found that fails as well.
---@param script Script
---@return Script
function M.shrink(script)
  local function with(steps, ids)
    return { seed = script.seed, steps = steps, keep = ids and set_of(ids), ids = ids }
  end
  local steps = shrink_list(script.steps, function(list) return runner.run(with(list)) ~= nil end)
  local ids = { 0 }
  for _, t in ipairs(require("spec.oracle.model").new(script.seed).targets) do
    ids[#ids + 1] = t.id
  end
  ids = shrink_list(ids, function(list) return runner.run(with(steps, list)) ~= nil end)
  steps = shrink_list(steps, function(list) return runner.run(with(list, ids)) ~= nil end)
  return with(steps, ids)
end

---@param script Script
---@return string
function M.spelled(script)
  return ("%d:%s:%s"):format(script.seed, table.concat(script.ids or {}, ","),
    table.concat(script.steps, ","))
end

---@param text string
---@return Script
function M.parse(text)
  local seed, ids, steps = text:match("^(%d+):([%d,]*):([%d,]*)$")
  local script = { seed = tonumber(seed), steps = {} }
  for n in steps:gmatch("%d+") do script.steps[#script.steps + 1] = tonumber(n) end
  if ids ~= "" then
    script.ids = {}
    for n in ids:gmatch("%d+") do script.ids[#script.ids + 1] = tonumber(n) end
    script.keep = set_of(script.ids)
  end
  return script
end

-- ---- running ----

--- What a person needs to see the same failure again.
---@param script Script  one that fails
---@return string
function M.report(script)
  local why, log = runner.run(script)
  return ("SKYLUA_SCRIPT='%s' lua5.4 spec/oracle/random_builds.lua\n  %s\n%s"):format(
    M.spelled(script), table.concat(log, "\n  "), why or "it does not fail every time")
end

--- Runs scripts from `seed` on until a number of steps or a time is reached.
---@param seed integer
---@param steps integer
---@param seconds? number
---@return integer done  steps
---@return Script? bad   the first script that failed, up to the failing step
---@return string? why
function M.run(seed, steps, seconds)
  load_parts()
  local done, uv = 0, require "luv"
  local stop_at = seconds and uv.now() / 1000 + seconds
  local function late()
    uv.update_time()
    return stop_at and uv.now() / 1000 > stop_at
  end
  while done < steps and not late() do
    local script = M.script(seed, math.min(STEPS_OF_ONE, steps - done))
    local why, log = runner.run(script, late)
    done = done + #log
    if why then
      script.steps = table.move(script.steps, 1, #log, 1, {})
      return done, script, why
    end
    seed = seed + 1
  end
  return done
end

local function main()
  load_parts()
  local given = os.getenv "SKYLUA_SCRIPT"
  if given then
    print(M.report(M.parse(given)))
    return 1
  end
  local seed = tonumber(os.getenv "SKYLUA_SEED") or os.time()
  local steps = tonumber(os.getenv "SKYLUA_ORACLE_STEPS") or 200
  print(("seed %d, %d steps"):format(seed, steps))
  local done, bad, why = M.run(seed, steps)
  if not bad then
    print(("%d steps, all as a clean build"):format(done))
    return 0
  end
  print(("step %d of workspace %d:\n%s\nshrinking..."):format(#bad.steps, bad.seed, why))
  print(M.report(M.shrink(bad)))
  return 1
end

if arg and arg[0] and arg[0]:find("random_builds%.lua$") then
  package.path = "./?.lua;" .. package.path
  os.exit(main())
end

return M
