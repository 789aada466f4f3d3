--- A workspace of one's own: write files, build, see what ran.
--
--   local s = space.new { ["BUILD.lua"] = HELLO, ["main.c"] = MAIN }
--   assert.same({ "CC main.o", "LINK hello" }, s:build("//:hello").ran)
--   s:append("main.c", "/* hm */\n")
local json = require "dkjson"
local shell = require "spec.support.events"

local M = {}

---@class Space
---@field root string  the workspace
---@field base string  the temporary directory; its cache is the workspace's own
---@field is_free? boolean  commands run without the sandbox
local Space = {}
Space.__index = Space

---@class Build
---@field exit integer
---@field ran string[]       "CC app/main.o" for each action that was executed, in order
---@field restored string[]  the same for those that came from the cache
---@field failed string[]    the same for those that failed
---@field events table[]
---@field messages table[]   events of errors and warnings
---@field tests table<string, table>  the test event by label
---@field finished? table
---@field stdout string
---@field stderr string

local spaces = {}

--- A new workspace; WORKSPACE.lua is there without being named.
---@param files? table<string, string>
---@return Space
function M.new(files)
  local base = shell.temp_dir()
  local self = setmetatable({ base = base, root = base .. "/ws" }, Space)
  shell.must("mkdir " .. self.root)
  spaces[#spaces + 1] = self
  if not (files and files["WORKSPACE.lua"]) then self:write { ["WORKSPACE.lua"] = "" } end
  return self:write(files or {})
end

--- Removes all workspaces made so far: for after_each.
function M.close_all()
  for _, space in ipairs(spaces) do
    shell.must("chmod -R u+rwX " .. space.base .. " && rm -rf " .. space.base)
  end
  spaces = {}
end

--- Writes files; directories are made.
---@param files table<string, string>  path -> text
---@return Space
function Space:write(files)
  -- The order of writing does not matter to anyone.
  for path, text in pairs(files) do
    local full = self:path(path)
    shell.must("mkdir -p " .. shell.quote(full:match("^(.*)/")))
    local f = assert(io.open(full, "wb"))
    assert(f:write(text))
    f:close()
  end
  return self
end

---@param path string
---@return string  absolute
function Space:path(path)
  return self.root .. "/" .. path
end

---@param path string
---@return string? text  nil when it is not there
function Space:read(path)
  local f = io.open(self:path(path), "rb")
  if not f then return nil end
  local text = f:read("a")
  f:close()
  return text
end

---@param path string
---@param text string
---@return Space
function Space:append(path, text)
  shell.append(self:path(path), text)
  return self
end

---@param path string  a file or a directory
---@return Space
function Space:remove(path)
  shell.must("rm -rf " .. shell.quote(self:path(path)))
  return self
end

---@param path string
---@return boolean
function Space:exists(path)
  return (shell.sh("test -e " .. shell.quote(self:path(path)))) == 0
end

--- "CC app/main.o": the mnemonic, and the first output without sky-out/bin.
---@param ev table
---@return string
local function name_of(ev)
  local first = ev.outputs[1]
  if not first then return ev.mnemonic .. " " .. ev.label end
  return ev.mnemonic .. " " .. first:gsub("^sky%-out/bin/", "")
end

---@param build Build
---@param ev table
local function sort_in(build, ev)
  if ev.event == "action" then
    local list = build[ev.status == "executed" and "ran" or ev.status]
    list[#list + 1] = name_of(ev)
  elseif ev.event == "message" then
    build.messages[#build.messages + 1] = ev
  elseif ev.event == "test" then
    build.tests[ev.label] = ev
  elseif ev.event == "finished" then
    build.finished = ev
  end
end

--- Runs a shell command in the workspace, or in a directory of it; $SKYLUA is the
-- binary under test.
---@param command string
---@param dir? string
---@return integer exit
---@return string stdout
---@return string stderr
function Space:sh(command, dir)
  return shell.sh(("cd %s || exit 99; export XDG_CACHE_HOME=%s SKYLUA=%s; %s"):format(
    shell.quote(dir and self:path(dir) or self.root), shell.quote(self.base .. "/cache"),
    shell.quote(shell.skylua), command))
end

--- Is there a process with these words in its command line?
---@param words string  plain letters, digits, dots and spaces
---@return boolean
function Space:has_process(words)
  -- the bracket keeps the search from finding itself
  local pattern = ("[%s]%s"):format(words:sub(1, 1), words:sub(2))
  return (self:sh(("cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' | grep -q %s"):format(
    shell.quote(pattern)))) == 0
end

--- From now on without the sandbox: for commands that speak with the test through files which
--- they do not declare.
---@return Space
function Space:free()
  self.is_free = true
  return self
end

--- Runs skylua without --json.
---@param args string  for the shell
---@param dir? string
---@return { exit: integer, stdout: string, stderr: string }
function Space:skylua(args, dir)
  if self.is_free then args = args:gsub("^%S+", "%0 --sandbox=off") end
  local exit, stdout, stderr = self:sh('"$SKYLUA" ' .. args, dir)
  return { exit = exit, stdout = stdout, stderr = stderr }
end

--- Runs `skylua COMMAND ARGS --json` and reads its events.
---@param command string
---@param args? string
---@param dir? string
---@return Build
function Space:command(command, args, dir)
  local r = self:skylua(("%s --json %s"):format(command, args or ""), dir)
  local build = {
    exit = r.exit, stdout = r.stdout, stderr = r.stderr, events = {}, messages = {},
    ran = {}, restored = {}, failed = {}, tests = {},
  }
  for line in r.stdout:gmatch("[^\n]+") do
    local ev, _, why = json.decode(line)
    if not ev then error(("not an event: %s (%s)"):format(line, why), 2) end
    build.events[#build.events + 1] = ev
    sort_in(build, ev)
  end
  return build
end

--- `skylua build`. With -j 1 by default, so that the order of `ran` is fixed.
---@param args? string
---@param dir? string
---@return Build
function Space:build(args, dir)
  return self:command("build", "-j 1 " .. (args or ""), dir)
end

--- The same for a build that must succeed; returns the workspace.
---@param args? string
---@return Space
function Space:built(args)
  local r = self:build(args)
  if r.exit ~= 0 then error(("exit %d\n%s%s"):format(r.exit, r.stdout, r.stderr), 2) end
  return self
end

--- `skylua test`.
---@param args? string
---@param dir? string
---@return Build
function Space:test(args, dir)
  return self:command("test", "-j 1 " .. (args or ""), dir)
end

--- Runs what was built (or any command of the workspace) and gives its output.
---@param command string
---@return string
function Space:run(command)
  local exit, stdout, stderr = self:sh(command)
  if exit ~= 0 then error(("exit %d: %s\n%s"):format(exit, command, stderr), 2) end
  return stdout
end

return M
