--- One small build, hurt in every way: killed at each system call, refused each of them, its
-- state cut and flipped. Afterwards a build must be right and the next one run nothing.
--
--   make torture                     all of it (minutes); fault_spec.lua takes a sample
--   lua5.4 spec/fault/torture.lua kill [120]             at each system call, or one
--   lua5.4 spec/fault/torture.lua refuse [EIO [open]]    each call that may fail
--   lua5.4 spec/fault/torture.lua open 12+ EIO           ... or one
--   lua5.4 spec/fault/torture.lua damage [1 500]         the state; from the 1st, each 500th
package.path = "./?.lua;" .. package.path
local disk = require "spec.oracle.disk"
local json = require "dkjson"
local shell = require "spec.support.events"

local M = {}

--- All kinds of actions, a depfile, a directory; "old" is what becomes stale.
local RULES = [[
return { mix = rule {
  attrs = { src = attr.label { allow_single_file = true },
    hdrs = attr.label_list { allow_files = true } },
  impl = function(ctx)
    local src = ctx.file.src
    local w = ctx:write("m.w", "written\n")
    local d, o, dep = ctx:declare_directory("m.d"), ctx:declare_file("m.o"),
      ctx:declare_file("m.dep")
    ctx:run { argv = { "sh", "-c", "mkdir $1/e; cp $2 $1/e/f", "sh", d, src }, inputs = { src },
      outputs = { d } }
    ctx:run { argv = { "sh", "-c", "cat $1 h > $2; echo $2: h > $3", "sh", w, o, dep },
      inputs = { w }, may_read = ctx.files.hdrs, outputs = { o }, depfile = dep }
    return { DefaultInfo { files = { w, d, o, ctx:copy(src, "m.c"), ctx:symlink(w, "m.l") } } }
  end,
} }
]]
local BUILD = [[
local r = load "//r.lua"
genrule { name = "a", srcs = { "s" }, outs = { "a.out" }, cmd = { "cp", "$(in)", "$(out)" } }
r.mix { name = "m", src = ":a", hdrs = { "h" } }
]]
local OLD = 'genrule { name = "old", outs = { "old/o" }, cmd = "echo old > $(out)" }\n'

---@param s string
---@param h string
---@param more? string  behind the BUILD.lua
---@return table<string, Source>
function M.files(s, h, more)
  return { ["WORKSPACE.lua"] = { text = "" }, ["r.lua"] = { text = RULES },
    ["BUILD.lua"] = { text = BUILD .. (more or "") }, s = { text = s }, h = { text = h } }
end

local function put_all(root, files)
  for path, source in pairs(files) do disk.put(root .. "/" .. path, source) end
end

---@class Scene of one build
---@field base string
---@field root string  the workspace that suffers
---@field want string  what sky-out/bin must be in the end

--- Without the sandbox: what it could not open beforehand is refused to the commands.
---@param root string
---@param how? { env: string?, binary: string?, words: string? }
---@return integer exit
---@return string out
---@return string err
function M.build(root, how)
  how = how or {}
  return shell.sh(("cd %s && %s XDG_CACHE_HOME=%s.cache timeout -s KILL 60 %s build -j 1 "
    .. "--evaluators=0 --sandbox=off %s"):format(root, how.env or "", root,
    how.binary or shell.skylua, how.words or "2>&1"))
end

local function must_build(root)
  local exit, out = M.build(root)
  if exit ~= 0 then error(("exit %d\n%s"):format(exit, out), 0) end
end

--- The states from which the loops begin: "fresh" (never built) and "edited" (built, then
--- a source, a header and a BUILD.lua changed).
---@return Scene
function M.open()
  local base = shell.temp_dir()
  local t = { base = base, root = base .. "/ws" }
  put_all(base .. "/fresh", M.files("2\n", "two\n"))
  put_all(base .. "/clean", M.files("2\n", "two\n"))
  must_build(base .. "/clean")
  t.want = disk.signature(base .. "/clean/sky-out/bin")
  put_all(base .. "/edited", M.files("1\n", "one\n", OLD))
  must_build(base .. "/edited")
  put_all(base .. "/edited", M.files("2\n", "two\n"))
  return t
end

---@param t Scene
function M.close(t)
  shell.must("chmod -R u+rwX " .. t.base .. "; rm -rf " .. t.base)
end

---@param t Scene
---@param state string
function M.restore(t, state)
  shell.must(("rm -rf %s %s.cache; cp -a %s/%s %s"):format(t.root, t.root, t.base, state, t.root))
end

local function executed(out)
  for line in out:gmatch "[^\n]+" do
    local ev = line:find('"event":"finished"', 1, true) and json.decode(line)
    if ev then return ev.actions.executed + ev.actions.failed end
  end
end

--- Is all well again?
---@param t Scene
---@return string? wrong
function M.wrong_after(t)
  local exit, out = M.build(t.root)
  if exit ~= 0 then return ("the next build: exit %s\n%s"):format(exit, out) end
  local got = disk.signature(t.root .. "/sky-out/bin")
  if got ~= t.want then return ("the next build made\n%q\nnot\n%q"):format(got, t.want) end
  local err
  exit, out, err = M.build(t.root, { words = "--json" })
  if exit ~= 0 or executed(out) ~= 0 then
    return ("the build after that: exit %s\n%s%s"):format(exit, out, err)
  end
end

-- ---- kills ----

--- Kills the build at its n-th system call ("late": right behind it).
---@param t Scene
---@param state string
---@param n integer
---@param how "kill"|"late"
---@return string? wrong
---@return boolean struck  false: it has no n-th call
function M.kill(t, state, n, how)
  M.restore(t, state)
  local exit, out = M.build(t.root, { binary = shell.skylua .. "-fault",
    env = ("SKYLUA_FAIL=any:%d:%s"):format(n, how) })
  if exit ~= 137 and exit ~= 0 then return ("exit %s\n%s"):format(exit, out), true end
  return M.wrong_after(t), exit == 137
end

-- ---- refusals ----

M.POINTS = { "open", "read", "write", "stat", "list", "rename", "unlink", "mkdir", "link",
  "chmod", "cut", "sync", "map", "lock", "spawn" }
M.ERRORS = { "EACCES", "EIO", "ENOSPC", "EROFS", "EMFILE", "EINTR", "ENOMEM" }
local WORDS = { EACCES = "[Pp]ermission denied", EIO = "Input/output error",
  ENOSPC = "No space left on device", EROFS = "Read%-only file system",
  EMFILE = "Too many open files", EINTR = "Interrupted system call",
  ENOMEM = "Cannot allocate memory" }

--- Refuses the n-th call of a point ("3+": and all after it).
---@param t Scene
---@param state string
---@param point string
---@param n string|integer
---@param why string  an errno by name
---@return string? wrong
---@return boolean struck
function M.refuse(t, state, point, n, why)
  M.restore(t, state)
  local log = t.base .. "/log"
  os.remove(log)
  local exit, out = M.build(t.root, { binary = shell.skylua .. "-fault",
    env = ("SKYLUA_FAIL_LOG=%s SKYLUA_FAIL=%s:%s:%s"):format(log, point, n, why) })
  local struck = disk.read(log) ~= nil
  if exit ~= 0 and exit ~= 1 and exit ~= 36 then
    return ("exit %s\n%s"):format(exit, out), struck
  end
  -- a tool that cannot be looked at is looked for elsewhere, as in every shell
  if exit == 1 and point == "stat" and out:find("E0307", 1, true) then return nil, struck end
  if exit ~= 0 and not out:find(WORDS[why]) then return "it does not say why:\n" .. out, struck end
  if exit == 1 then return "exit 1, and the machine is to blame:\n" .. out, struck end
  -- What could not be removed has been named, or is an empty directory.
  local kept = out:find("'sky-out/bin/old/o' stays", 1, true)
    or out:find("cannot list the directory sky-out", 1, true) or disk.signature(t.root
    .. "/sky-out/bin/old") == "dir"
  if struck and kept then disk.remove(t.root .. "/sky-out/bin/old") end
  return M.wrong_after(t), struck
end

-- ---- all of it ----

local function say(fmt, ...)
  io.write(fmt:format(...))
  io.flush()
end

local function all_kills(t)
  for _, state in ipairs { "fresh", "edited" } do
    for _, how in ipairs { "kill", "late" } do
      local n, struck = 0, true
      while struck do
        n = n + 1
        local wrong
        wrong, struck = M.kill(t, state, n, how)
        if wrong then return ("%s build, %s at system call %d: %s"):format(state, how, n, wrong) end
      end
      say("%s build, %s: %d system calls\n", state, how, n - 1)
    end
  end
end

--- An interrupted call is tried again: once is all there is.
local function specs_of(n, why)
  return why == "EINTR" and { n } or { n, n .. "+" }
end

local function all_refusals(t, only_why, only_point)
  local wrongs = 0
  for _, why in ipairs(only_why and { only_why } or M.ERRORS) do
    for _, point in ipairs(only_point and { only_point } or M.POINTS) do
      local n, struck = 0, true
      while struck do
        n = n + 1
        for _, spec in ipairs(specs_of(n, why)) do
          local wrong
          wrong, struck = M.refuse(t, "edited", point, spec, why)
          if wrong then
            wrongs = wrongs + 1
            say("%s:%s:%s: %s\n", point, spec, why, wrong)
          end
        end
      end
      say("%s %s: %d calls\n", point, why, n - 1)
    end
  end
  return wrongs > 0 and ("%d refusals were not taken well"):format(wrongs) or nil
end

--- Damages the state files of a built workspace in one process (state_loop.lua).
---@param t Scene
---@param first integer  of all damages, by number
---@param step integer
---@return string? wrong
---@return string said
function M.damage(t, first, step)
  local root = t.base .. "/damage"
  shell.must("rm -rf " .. root)
  put_all(root, M.files("1\n", "one\n"))
  must_build(root)
  local exit, out, err = shell.sh(("timeout -s KILL 3600 %s lua spec/fault/state_loop.lua %s %d %d")
    :format(shell.skylua, root, first, step))
  if exit == 0 then return nil, out end
  return ("%s%s\nat damage %s"):format(err:sub(-2000), out, disk.read(root .. ".at")), out
end

local function all_damages(t)
  local wrong, said = M.damage(t, 1, 1)
  say("%s", said)
  return wrong
end

local function one(t, words)
  if words[1] == "kill" then
    return (M.kill(t, words[3] or "edited", tonumber(words[2]), "kill"))
  end
  return (M.refuse(t, "edited", words[1], words[2], words[3]))
end

---@param words string[]
---@return integer exit
local function main(words)
  local t = M.open()
  local wrong
  if words[1] == "kill" and not words[2] then
    wrong = all_kills(t)
  elseif words[1] == "damage" then
    wrong = words[2] and (M.damage(t, tonumber(words[2]), tonumber(words[3])))
      or not words[2] and all_damages(t) or nil
  elseif words[1] == "refuse" then
    wrong = all_refusals(t, words[2], words[3])
  elseif words[1] then
    wrong = one(t, words)
  else
    wrong = all_kills(t) or all_refusals(t) or all_damages(t)
  end
  M.close(t)
  say("%s\n", wrong or "all is well")
  return wrong and 1 or 0
end

if arg and arg[0] and arg[0]:find("torture%.lua$") then os.exit(main(arg)) end

return M
