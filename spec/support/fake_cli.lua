--- A core without an engine: specs of the command line say what it answers.
--
--   local fake = require "spec.support.fake_cli"
--   fake.script = { answers = { ["COMPLETION //a:b"] = { value = { "sky-out/bin/a/b" } } } }
--   local r = fake.cli { "build", "//a:b" }
-- It must be required before any module of lua/cli.
local json = require "dkjson"
local uv = require "luv"

local M = {}

---@class Script
---@field answers table<string, { value?: any, error?: Error }>  by "FUNCTION argument"
---@field events? table[]     told to the observer by the first evaluation of a COMPLETION or TEST
---@field interrupt? integer  a signal that arrives during that evaluation
---@field holder? string      another process has the lock
---@field stats? table

---@type Script
M.script = { answers = {} }
M.executed = nil

---@param key string
---@return { value?: any, error?: Error }
local function answer(key)
  return M.script.answers[key] or {}
end

local Result = {}
Result.__index = Result
function Result:value(key) return self.known[key] and answer(key).value end
function Result:error(key) return self.known[key] and answer(key).error end

local Engine = {}
Engine.__index = Engine

function Engine:evaluate(keys)
  local known, work = {}, false
  for _, key in ipairs(keys) do
    known[key] = true
    work = work or key:find("^COMPLETION") or key:find("^TEST ")
  end
  self.worked = work
  if work then
    for _, ev in ipairs(M.script.events or {}) do self.observer(ev) end
    if M.script.interrupt then M.on_interrupt(M.script.interrupt) end
  end
  return setmetatable({ known = known }, Result)
end

function Engine:inject(key, value) self.injected[key] = value end

--- Of the last evaluation: what the script says belongs to the work.
function Engine:stats()
  return self.worked and M.script.stats or { total = 0, evaluated = 0, checked = 0, pruned = 0,
    stat_calls = 0, fns = { ACTION = { done = 0 } } }
end

function Engine:version() return 0 end

function Engine:replaced() return false end

function Engine:edges() return nil end

function Engine:close() self.closed = true end

local core = { version = "0.0-fake" }

function core.key(fn, arg)
  return fn .. " " .. (type(arg) == "table" and arg[1] or arg)
end

function core.engine(options)
  if M.script.broken then error("the fake engine is broken") end
  M.engine = setmetatable({ observer = options.observer, options = options, injected = {} }, Engine)
  return M.engine
end

--- Any function of the text will do.
function core.digest(text)
  local h = 0
  for i = 1, #text do h = (h * 31 + text:byte(i)) & 0xffffffff end
  return ("%032x"):format(h):reverse()
end

function core.lock() return not M.script.holder or nil, M.script.holder end
function core.lock_wait() return true end
function core.on_interrupt(fn) M.on_interrupt = fn end
function core.cpus() return 2 end
function core.tag() end

function core.exec(argv, dir)
  M.executed = { argv = argv, dir = dir }
  return nil, "not in a spec"
end

package.loaded.core = core

---@param list string[]
local function sink(list)
  local file = {}
  function file:write(...)
    for _, text in ipairs { ... } do list[#list + 1] = tostring(text) end
    return self
  end
  function file.flush() end
  return file
end

---@class CliRun
---@field exit integer
---@field stdout string
---@field stderr string
---@field events table[]

--- Calls the command line with its two streams caught.
---@param argv string[]
---@param dir? string  where the user stands
---@return CliRun
function M.cli(argv, dir)
  local main = require "cli.main"
  -- Before the directory changes: busted's package.path is relative.
  for _, name in ipairs(require("cli.commands").names) do require("cli.cmd." .. name) end
  local out, err, here = {}, {}, uv.cwd()
  local stdout, stderr = io.stdout, io.stderr
  io.stdout, io.stderr = sink(out), sink(err)
  if dir then uv.chdir(dir) end
  local ok, exit = pcall(main, argv)
  io.stdout, io.stderr = stdout, stderr
  uv.chdir(here)
  if not ok then error(exit, 0) end
  local r = { exit = exit, stdout = table.concat(out), stderr = table.concat(err), events = {} }
  for line in r.stdout:gmatch("{[^\n]+}\n") do r.events[#r.events + 1] = json.decode(line) end
  return r
end

return M
