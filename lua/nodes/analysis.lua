--- Running a rule's function for one target: what it declares becomes actions.
---
--- An artifact says which action makes it, and under which configuration id. Both can be unknown
--- when it is declared. So they are guessed (the next action, no stage), and when a run of the
--- function shows that a guess was wrong, it is run again with a *plan*: path -> right guess. Rule
--- functions are pure, so the second run declares the same.
---
--- A rule that reads a file that it makes itself needs that action before it has finished. The
--- actions up to the k-th such read (or up to the end, when there are fewer) are *stage* k:
--- CONFIGURED_TARGET under the id "config@k" runs the function up to there and hands out the
--- actions so far. What is declared between two reads carries the id of the stage it belongs to,
--- so an action has the same key however the rule goes on after it. Nor does the key say more of
--- the configuration than was read up to there.
local artifact = require "model.artifact"
local config = require "model.config"
local core = require "core"
local place = require "util.place"
local protect = require "load.protect"
local sorted = require "util.sorted"
local util_err = require "util.err"

local M = {}

---@class Run
---@field env table
---@field label string       of the target
---@field name string
---@field pkg string         package id
---@field dir string         directory of the package
---@field prefix string      "//pkg:"
---@field cfg string         configuration id without a stage
---@field needs? table<string, true>  settings that it reads and does not know
---@field stage? integer     run only up to this read
---@field refs table         see nodes/target.lua
---@field def RuleDef
---@field values table       plain attributes
---@field entries table      label attributes
---@field below? any[]        arguments of the keys behind `deps` (nodes/walk.lua)
---@field plan table<string, {index: integer, config: string}>
---@field used table<string, true>   settings that were read so far
---@field parts table<integer, string>  stage -> the part of the configuration it reads
---@field dynamic boolean    the function reads what it makes itself
---@field actions table[]
---@field declared table<string, {artifact: any, action?: integer}>
---@field made table<string, any>  artifacts, by the name that they were declared with
---@field order string[]     declared paths
---@field reads integer
---@field warnings string[]

local MAX_RUNS = 1000

-- Thrown through rule code to leave it: functions, so that no pcall of a rule catches them.
local function AGAIN() end
local function STOP() end

-- ---- declaring ----

local function twice(run, path)
  place.raise({ code = "E0221", label = run.label,
    message = ("%s declares the output '%s' twice"):format(run.label, path) },
    { name = "declare_file" })
end

-- The part of the configuration that what is declared now depends on, and the id of the stage.
local function stage_of(run)
  if not run.dynamic then
    return run.cfg, run.cfg
  end
  local stage = run.reads + 1
  local part = run.parts[stage] or run.cfg
  return part, config.staged(part, stage)
end

--- A new output below the package's output directory.
---@param run Run
---@param file string relative to it
---@param dir? boolean
---@return any artifact
function M.declare(run, file, dir)
  local part, id = stage_of(run)
  local path = config.bin_dir(part) .. run.out_dir:sub(#run.bin_dir + 1) .. file
  if run.made[file] then
    twice(run, path)
  end
  local planned = run.plan[path]
  local index = planned and planned.index or #run.actions + 1
  local a = artifact.output(path, run.label, planned and planned.config or id, index, dir)
  run.declared[path] = { artifact = a }
  run.made[file] = a
  run.order[#run.order + 1] = path
  return a
end

local function two_actions(run, path, first, mnemonic)
  local other = run.actions[first]
  place.raise({ code = "E0221", label = run.label,
    message = ("'%s' is made by two actions of %s: %s and %s"):format(path, run.label,
      other.mnemonic or other.kind or "Run", mnemonic or "Run") }, { key = "outputs" })
end

local function foreign(run, a)
  local owner = core.raw(a).owner
  place.raise({ code = "E0228", label = run.label,
    message = ("'%s' cannot be an output of %s: %s"):format(core.raw(a).path, run.label,
      owner and owner .. " makes it" or "it is a source"),
    hint = "outputs come from ctx:declare_file" }, { key = "outputs" })
end

local function own(run, a, index, mnemonic)
  local path = core.raw(a).path
  local d = run.declared[path]
  if not d then
    foreign(run, a)
  elseif d.action then
    two_actions(run, path, d.action, mnemonic)
  end
  d.action = index
  local guess, _, id = core.raw(a), stage_of(run)
  if guess.index ~= index or guess.config ~= id then
    run.wrong = true
    run.plan[path] = { index = index, config = id }
  end
end

--- Adds an action record (src/README.md).
---@param run Run
---@param record table
---@return integer index
function M.add_action(run, record)
  local index = #run.actions + 1
  for _, a in ipairs(record.outputs) do
    own(run, a, index, record.mnemonic)
  end
  if record.depfile then
    own(run, record.depfile, index, record.mnemonic)
  end
  run.actions[index] = record
  return index
end

-- ---- reading what the rule itself makes ----

--- Called before the value of an artifact of this very target is asked for.
---@param run Run
---@param a any
function M.before_own_read(run, a)
  local d = run.declared[core.raw(a).path]
  if not d or not d.action then
    place.raise({ code = "E0229", label = run.label,
      message = ("'%s' is read before an action makes it"):format(core.raw(a).path),
      hint = "declare the action first: ctx:run { outputs = { file }, ... }" },
      { name = "read" })
  end
  if not run.dynamic or run.wrong then
    run.dynamic = true
    error(AGAIN, 0)
  end
  run.reads = run.reads + 1
  local part = config.restrict(run.cfg, run.used)
  if part ~= (run.parts[run.reads] or run.cfg) then
    run.parts[run.reads] = part
    error(AGAIN, 0)
  end
  if run.stage == run.reads then
    error(STOP, 0)
  end
end

-- ---- running ----

local function check_made(run)
  for _, path in ipairs(run.order) do
    if not run.declared[path].action then
      error({ code = "E0229", at_target = true,
        message = ("the rule %s declares '%s', and no action makes it"):format(run.def.name,
          path), hint = "ctx:run { outputs = { file }, ... } or ctx:write(file, text)" },
        0)
    end
  end
end

local function reset(run)
  run.actions, run.declared, run.made, run.order, run.warnings = {}, {}, {}, {}, {}
  run.reads, run.wrong, run.used = 0, false, {}
  for name in sorted.pairs(run.used_by_attributes) do
    run.used[name] = true
  end
end

-- One run of the function: "done", "again" or "stop", and what it returned.
local function once(run, make_ctx)
  reset(run)
  local c = { kind = "rule", label = run.def.module, pkg = run.pkg, env = run.env,
    warn = function(_, text) run.warnings[#run.warnings + 1] = text end }
  local ok, result = protect.call(c, run.def.impl, make_ctx(run))
  if ok then
    check_made(run)
    return run.wrong and "again" or "done", result
  elseif result == AGAIN then
    return "again"
  elseif result == STOP then
    return "stop"
  elseif run.wrong and util_err.is(result) and result.code == "E0221" then
    return "again"
  end
  error(result, 0)
end

--- Runs the rule's function until all guesses are right.
---@param run Run
---@param make_ctx fun(run: Run): any
---@return any result  what the function returned; nil when a stage ended it
---@return boolean stopped
function M.run(run, make_ctx)
  run.plan, run.parts, run.dynamic = {}, {}, run.stage ~= nil
  run.used_by_attributes = run.used
  for _ = 1, MAX_RUNS do
    local how, result = once(run, make_ctx)
    if how == "done" then
      return result, false
    elseif how == "stop" then
      return nil, true
    end
  end
  error({ code = "E0239", at_target = true,
    message = ("the rule %s declares other outputs each time it runs"):format(run.def.name) }, 0)
end

return M
