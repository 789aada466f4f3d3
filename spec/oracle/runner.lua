--- Runs a script of edits and builds, and compares each step with a clean build in a copy.
local disk = require "spec.oracle.disk"
local edits = require "spec.oracle.edits"
local json = require "dkjson"
local model_of = require "spec.oracle.model"
local rng_of = require "spec.oracle.rng"
local shell = require "spec.support.events"
local uv = require "luv"

local M = {}

---@class Script
---@field seed integer     of the workspace
---@field steps integer[]  the seed of each step
---@field keep? table<integer, boolean>  ids of the targets that stay; 0: package c

---@class Record  of an action that was done
---@field key string    what it was made of
---@field sig string    what it made
---@field tampered? boolean  what it made is not there any more
---@field maybe? boolean     a kill makes us unsure

---@class Runner
---@field scene Scene
---@field base string
---@field last table<string, Record>  by the id of the action
---@field unsure table<string, boolean>  output folders in which a build was killed
---@field kept table<string, boolean>  keys of actions that the cache must have
---@field log string[]

-- ---- building ----

---@class Flags
---@field config string
---@field roots? table<string, boolean>
---@field words string
---@field keep_going boolean
---@field clock integer  nanoseconds that the clock is off
---@field cached boolean  with the local cache

local function flags_of(run, rng)
  local f = { config = rng:pick { "", "", "", "-c debug", "-D mark=on" }, clock = 0 }
  f.keep_going = rng:chance(2)
  f.cached = not rng:chance(6)
  f.words = ("%s %s -j %d --evaluators=%d%s"):format(f.config, f.keep_going and "-k" or "",
    rng:int(4), rng:int(4) - 1, f.cached and "" or " --cache=off")
  if rng:chance(4) then
    f.roots = {}
    for _ = 1, 2 do
      local t = rng:pick(run.scene.model.targets)
      f.roots["//" .. t.pkg .. ":" .. t.name] = true
    end
    for label in pairs(f.roots) do f.words = f.words .. " " .. label end
  else
    f.words = f.words .. " //..."
  end
  if rng:chance(8) then f.clock = (rng:int(7) - 4) * 1000000000 end
  return f
end

---@class Built
---@field exit integer
---@field ran table<string, string>  first output -> reason
---@field executed table<string, boolean>  first outputs of those that were not restored
---@field failed table<string, boolean>
---@field err string
---@field finished? table

local function build(run, root, f, prefix, binary)
  local out, err = run.base .. "/events", run.base .. "/err"
  local command = ("cd %s && ORACLE=%s XDG_CACHE_HOME=%s/cache SKYLUA_FAKE_CLOCK=%d %s %s build"
    .. " %s --json >%s 2>%s"):format(root, shell.quote(run.scene.model.env), run.base, f.clock,
    prefix or "timeout -s KILL 60", binary or shell.skylua, f.words, out, err)
  local _, how, code = os.execute(command)
  local b = { exit = how == "signal" and 128 + code or code, ran = {}, failed = {}, executed = {},
    err = disk.read(err) }
  for line in io.lines(out) do
    local ev = line:find('"event":"action"', 1, true) and json.decode(line)
    if ev and ev.status == "failed" then
      b.failed[ev.outputs[1]] = true
    elseif ev then
      b.ran[ev.outputs[1]] = ev.reason
      b.executed[ev.outputs[1]] = ev.status == "executed"
    elseif line:find('"event":"finished"', 1, true) then
      b.finished = json.decode(line)
    end
  end
  return b
end

-- ---- comparing ----

local function fail(fmt, ...)
  error({ oracle = fmt:format(...) }, 0)
end

--- Everything in the clean tree must be in the other one, byte by byte.
local function compare(clean, other, path)
  for _, name in ipairs(disk.names(clean .. "/" .. path)) do
    local at = path .. "/" .. name
    local want, got = disk.signature(clean .. "/" .. at), disk.signature(other .. "/" .. at)
    if want:find("^dir") then
      compare(clean, other, at)
    elseif want ~= got then
      fail("%s differs:\n  clean:       %q\n  incremental: %q", at, want, got)
    end
  end
end

--- All output folders of the clean tree must be in the other one.
local function compare_bins(clean, other)
  for _, name in ipairs(disk.names(clean .. "/sky-out")) do
    if name:find("^bin") then compare(clean, other, "sky-out/" .. name) end
  end
end

local function signature(run, outs)
  local list = {}
  for i, out in ipairs(outs) do list[i] = disk.signature(run.scene.root .. "/" .. out, true) end
  return table.concat(list, "\1")
end

local function note_tampering(run)
  for _, rec in pairs(run.last) do
    rec.tampered = rec.tampered or signature(run, rec.outs) ~= rec.sig
  end
end

local function why_run(run, action)
  local rec = run.last[action.id]
  if not rec then return "it never ran" end
  if rec.tampered then return "its outputs are not as it made them" end
  if rec.key ~= action.key then return "it reads or does something else" end
end

--- What was made before is restored.
local function check_restored(run, actions, f, built)
  for _, a in ipairs(actions) do
    if f.cached and built.executed[a.out] and run.kept[a.key] then
      fail("%s was executed (%s), though the cache has it:\n  %q", a.out, built.ran[a.out], a.key)
    end
  end
end

--- A target is known by the settings that it reads, also through its dependencies: one that
--- reads another setting than before is another target. What is no more than written runs
--- anew, and without the cache all its actions do.
local function is_renamed(f, a, ran)
  return ran:find "^new" ~= nil and (not f.cached or a.out:find "%.w$" ~= nil)
end

--- After a good build: what ran is what had to run.
local function check_set(run, actions, f, built)
  for _, a in ipairs(actions) do
    local why, ran = why_run(run, a), built.ran[a.out]
    local rec = run.last[a.id]
    local unsure = run.unsure[a.bin] or rec and rec.maybe
    if why and not ran and not unsure then
      fail("%s did not run: %s\n  was: %q\n  is:  %q", a.out, why, rec and rec.key or "", a.key)
    elseif ran and not why and not unsure and not is_renamed(f, a, ran) then
      fail("%s ran (%s), and nothing of it changed:\n  %q", a.out, ran, a.key)
    end
  end
end

--- After a bad one: what ran had to.
local function check_subset(run, actions, f, built)
  for _, a in ipairs(actions) do
    local rec, ran = run.last[a.id], built.ran[a.out]
    if ran and not why_run(run, a) and not run.unsure[a.bin] and not rec.maybe
      and not is_renamed(f, a, ran) then
      fail("%s ran (%s) in a failing build, and nothing of it changed", a.out, built.ran[a.out])
    end
  end
end

local function remember(run, actions, f, built)
  for _, a in ipairs(actions) do
    if f.cached and built.ran[a.out] and not built.failed[a.out] then run.kept[a.key] = true end
    if built.exit == 0 or built.ran[a.out] then
      run.last[a.id] = { key = a.key, outs = a.outs, sig = signature(run, a.outs) }
    elseif built.failed[a.out] then
      run.last[a.id] = nil
    end
  end
end

local function check_outputs(run, actions, clean)
  for _, a in ipairs(actions) do
    for _, out in ipairs(a.outs) do
      local want = disk.signature(clean .. "/" .. out)
      local got = disk.signature(run.scene.root .. "/" .. out)
      if want ~= got then fail("%s differs:\n  clean:       %q\n  is: %q", out, want, got) end
    end
  end
end

-- ---- a step ----

local function clean_build(run, f)
  local clean = run.base .. "/clean"
  disk.remove(clean)
  for path, source in pairs(run.scene.rendered) do disk.put(clean .. "/" .. path, source) end
  local c = { words = f.words .. " --cache=off", clock = 0 }
  return clean, build(run, clean, c)
end

local function again(run, f, first)
  local b = build(run, run.scene.root, f)
  local out, reason = next(b.ran)
  if b.exit ~= first.exit then fail("the second build: exit %d\n%s", b.exit, b.err) end
  if out then fail("the second build ran %s (%s)", out, reason) end
  if first.exit == 0 and b.finished.nodes.evaluated > 0 then
    fail("the second build evaluated %d nodes", b.finished.nodes.evaluated)
  end
end

--- The targets of the model by their labels.
local function labels_of(model)
  local map = {}
  for _, t in ipairs(model.targets) do map["//" .. t.pkg .. ":" .. t.name] = t end
  return map
end

--- Outputs that nobody makes any more are not there, after a good build of everything.
local function check_stale(run, world, actions)
  local made, ids, labels = {}, {}, labels_of(run.scene.model)
  for _, a in ipairs(actions) do
    ids[a.id] = true
    for _, out in ipairs(a.outs) do made[out] = true end
  end
  for id, rec in pairs(run.last) do
    local bin, label = id:match("^(sky%-out/[^/]+)(//.*)#%d+$")
    local t = labels[label]
    local fixed = label:find("^//pool:") or label:find("^//c:")
    -- under other flags it may still make that, and was not asked
    local gone = not ids[id] and not fixed and (not t or model_of.bin_of(world, t) == bin)
    for _, out in ipairs((ids[id] or gone) and rec.outs or {}) do
      if not made[out] and not rec.tampered and not rec.maybe
        and uv.fs_lstat(run.scene.root .. "/" .. out) then
        fail("%s is still there, and nobody makes it any more (%s)", out, id)
      end
    end
    if gone then run.last[id] = nil end
  end
end

---@return World
local function world_of(run, f)
  return { model = run.scene.model, root = run.scene.root,
    mode = f.config == "-c debug" and "debug" or "fastbuild",
    mark = f.config:find("mark") and "on" or "off", env = run.scene.model.env }
end

local function doubt(run)
  for _, name in ipairs(disk.names(run.scene.root .. "/sky-out")) do
    if name:find("^bin") then run.unsure["sky-out/" .. name] = true end
  end
end

--- A build that is killed after some time, or at one of its system calls; what it did not
-- finish we do not know.
---@param run Runner
---@param f Flags
---@param kill { ms?: integer, call?: integer }
local function killed_build(run, f, kill)
  local prefix
  if kill.call then
    prefix = ("SKYLUA_FAIL=any:%d:kill timeout -s KILL 60"):format(kill.call)
  else
    prefix = ("timeout -s KILL %.3f"):format(kill.ms / 1000)
  end
  build(run, run.scene.root, f, prefix, kill.call and shell.skylua .. "-fault")
  doubt(run)
end

local function random_kill(rng)
  local ms, call = rng:int(80), rng:int(rng:pick { 100, 400, 1500 })
  if uv.fs_stat(shell.skylua .. "-fault") and rng:chance(2) then return { call = call } end
  return { ms = ms }
end

--- What a disk may do to the state: what was recorded is lost, all or in part.
local function spoil_state(run, rng)
  local dir = run.scene.root .. "/sky-out/state"
  local files = {}
  for _, name in ipairs(disk.names(dir)) do
    local st = uv.fs_lstat(dir .. "/" .. name)
    if st.type == "file" and st.size > 0 then files[#files + 1] = dir .. "/" .. name end
  end
  if #files == 0 then return "nothing" end
  local path = rng:pick(files)
  local text = disk.read(path)
  local at = rng:int(#text)
  if rng:chance(2) then
    disk.write(path, text:sub(1, at - 1))
  else
    local flipped = string.char(text:byte(at) ~ (1 << rng:int(8) - 1))
    disk.write(path, text:sub(1, at - 1) .. flipped .. text:sub(at + 1))
  end
  doubt(run)
  for _, rec in pairs(run.last) do rec.maybe = true end
  return "damage " .. path:match("[^/]*$") .. " at " .. at
end

local function judge(run, f, built, clean, want)
  if built.exit ~= want.exit then
    fail("exit %d, and %d of a clean build\n%s\n---- clean:\n%s", built.exit, want.exit, built.err,
      want.err)
  end
  local world = world_of(run, f)
  local actions = model_of.actions(world, f.roots)
  if built.exit == 0 or f.keep_going then compare_bins(clean, run.scene.root) end
  if built.exit == 0 then
    check_outputs(run, actions, clean)
    check_set(run, actions, f, built)
    if not f.roots then check_stale(run, world, actions) end
    -- the folders of other configurations were looked at only in part
    if not f.roots then run.unsure[model_of.bin(world.mode, world.mark)] = nil end
  else
    check_subset(run, actions, f, built)
  end
  check_restored(run, actions, f, built)
  remember(run, actions, f, built)
end

--- What a disk may do to the cache; what is lost is made again.
local function spoil_cache(run, rng)
  run.kept = {}
  local files = "find " .. run.base .. "/cache -type f -name "
  shell.must("{ " .. rng:pick {
    "rm -rf " .. run.base .. "/cache", files .. "'*.index' -delete",
    files .. "'*.log' -exec sh -c 'printf XX | dd of=$1 bs=700 seek=1 conv=notrunc' sh {} \\;",
    files .. "'*.log' -exec truncate -s -300 {} +",
  } .. "; } 2> /dev/null || true")
end

--- Applies one step.
---@param run Runner
---@param seed integer
function M.step(run, seed)
  local rng = rng_of.new(seed)
  local did = {}
  for i = 1, rng:int(2) do did[i] = edits.random(run.scene, rng) end
  local f = flags_of(run, rng)
  local kill = rng:chance(8) and random_kill(rng)
  if rng:chance(25) then did[#did + 1] = spoil_state(run, rng) end
  run.log[#run.log + 1] = ("%d: %s; build %s%s%s"):format(seed, table.concat(did, ", "), f.words,
    f.clock ~= 0 and (" clock %+d s"):format(f.clock // 1000000000) or "",
    kill and (" killed %s before"):format(kill.ms and ("after %d ms"):format(kill.ms)
      or ("at system call %d"):format(kill.call)) or "")
  if rng:chance(10) then spoil_cache(run, rng) end
  if kill then killed_build(run, f, kill) end
  local clean, want = clean_build(run, f)
  note_tampering(run)
  local built = build(run, run.scene.root, f)
  -- By a clock that was put back a moment, what was written before the command may have been
  -- written while it ran.
  if f.clock < 0 and built.err:find("was changed while the command ran", 1, true) then
    f.clock = 0
    killed_build(run, f, { ms = 60000 })
    built = build(run, run.scene.root, f)
  end
  judge(run, f, built, clean, want)
  if built.exit == 0 or f.keep_going then again(run, f, built) end
end

-- ---- a script ----

---@param script Script
---@return Runner
function M.open(script)
  local base = shell.temp_dir()
  local run = { base = base, last = {}, unsure = {}, kept = {}, log = {} }
  run.scene = { model = model_of.new(script.seed, script.keep), root = base .. "/ws", gone = {},
    rendered = {} }
  edits.sync(run.scene)
  return run
end

---@param run Runner
function M.close(run)
  shell.must("chmod -R u+rwX " .. run.base .. "; rm -rf " .. run.base)
end

--- Runs all of it.
---@param script Script
---@param on_step? fun(i: integer): boolean?  called before each; true ends it
---@return string? what  went wrong
---@return string[] log  the steps in words
function M.run(script, on_step)
  local run = M.open(script)
  local trouble
  for i, seed in ipairs(script.steps) do
    if on_step and on_step(i) then break end
    local ok, e = xpcall(M.step, function(e)
      return type(e) == "table" and e or debug.traceback(tostring(e))
    end, run, seed)
    if not ok then
      trouble = type(e) == "table" and e.oracle or e
      break
    end
  end
  M.close(run)
  return trouble, run.log
end

return M
