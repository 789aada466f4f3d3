--- `skylua doctor`: what of this machine a build rests on, and what is missing.
local core = require "core"
local place = require "cli.place"
local uv = require "luv"

local M = {
  usage = "doctor",
  summary = "look at the machine: what do builds rest on, and is it there?",
  details = "Ends with 1 when something would make builds fail.",
}

---@alias Verdict "ok"|"note"|"bad"

---@class Finding
---@field what string
---@field verdict Verdict
---@field text string

-- ---- helpers ----

---@param path string
---@return string?
local function read(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local text = f:read "a"
  f:close()
  return text
end

--- The first of these programs that the PATH has.
---@param names string[]
---@return string?
local function which(names)
  for _, name in ipairs(names) do
    if name:find("/", 1, true) then
      if uv.fs_access(name, "X") then return name end
    else
      for dir in (uv.os_getenv "PATH" or ""):gmatch "[^:]+" do
        local path = dir .. "/" .. name
        local stat = uv.fs_stat(path)
        if stat and stat.type == "file" and uv.fs_access(path, "X") then return path end
      end
    end
  end
end

--- The nearest directory upwards that is there.
---@param path string
---@return string
local function existing(path)
  while path ~= "/" and not uv.fs_stat(path) do
    path = path:match "^(.+)/[^/]*$" or "/"
  end
  return path
end

-- ---- what is looked at ----

---@param root string
---@return Verdict, string
local function sandbox(root)
  local version, why, hint = core.sandbox(root)
  if not version then return "note", why .. (hint and "; it takes " .. hint or "") end
  return "ok", ("Landlock version %d, seccomp filters"):format(version)
end

---@return Verdict, string
local function kernel()
  local u = uv.os_uname()
  local major, minor = u.release:match "^(%d+)%.(%d+)"
  local number = (tonumber(major) or 0) * 1000 + (tonumber(minor) or 0)
  local text = ("%s %s, %s"):format(u.sysname, u.release, u.machine)
  if u.sysname ~= "Linux" or number < 5004 then
    return "bad", text .. ": skylua needs Linux 5.4 or newer (pidfd)"
  end
  return "ok", text
end

---@param variable string
---@param names string[]
---@return Verdict, string
local function tool(variable, names)
  local set = uv.os_getenv(variable)
  local word = set and set:match "%S+"
  local path = which(word and { word } or names)
  if path then return "ok", path .. (word and (" (from %s)"):format(variable) or "") end
  if word then
    return "bad", ("%s is '%s', and there is no such program"):format(variable, set)
  end
  return "note", ("none of %s is in the PATH; rules that need it fail"):format(
    table.concat(names, ", "))
end

---@return Verdict, string
local function cache()
  local home = uv.os_getenv "XDG_CACHE_HOME"
  if not home or home == "" then home = (uv.os_getenv "HOME" or "") .. "/.cache" end
  local dir = home .. "/skylua"
  local at = existing(dir)
  if not uv.fs_access(at, "W") then
    return "note", ("%s cannot be written (%s): nothing is kept beyond sky-out"):format(dir, at)
  end
  return "ok", dir
end

---@return Verdict, string
local function limits()
  local text = read "/proc/self/limits" or ""
  local files = text:match "Max open files%s+(%S+)"
  local processes = text:match "Max processes%s+(%S+)"
  local shown = ("%s open files, %s processes"):format(files or "?", processes or "?")
  local nfiles, nprocesses = tonumber(files), tonumber(processes)
  if nfiles and nfiles < 32 or nprocesses and nprocesses < 16 then
    return "bad", shown .. ": too few for a build (ulimit -n, ulimit -u)"
  elseif nfiles and nfiles < 256 then
    return "note", shown .. ": few commands can run at a time (ulimit -n)"
  end
  return "ok", shown
end

local NETWORK = { nfs = true, nfs4 = true, cifs = true, smb3 = true, ["9p"] = true }

--- The type of the file system that a directory lies on.
---@param dir string
---@return string
local function fs_type(dir)
  local best, kind = "", "?"
  for line in (read "/proc/self/mountinfo" or ""):gmatch "[^\n]+" do
    local mount, rest = line:match "^%S+ %S+ %S+ %S+ (%S+) .- %- (%S+)"
    local below = mount and (mount == "/" or dir == mount
      or dir:sub(1, #mount + 1) == mount .. "/")
    if below and #mount >= #best then best, kind = mount, rest end
  end
  return kind
end

---@param root string
---@return Verdict, string
local function file_system(root)
  local kind = fs_type(root)
  if not uv.fs_access(root, "W") then
    return "bad", ("%s: %s cannot be written"):format(kind, root)
  end
  if NETWORK[kind] then
    return "note", kind .. ": locks and time stamps of network file systems are less exact"
  end
  return "ok", kind
end

--- A file written now must carry the time of now.
---@param root string
---@return Verdict, string
local function clock(root)
  local fd, path = uv.fs_mkstemp((uv.fs_access(root, "W") and root or "/tmp") .. "/.skylua-XXXXXX")
  if not fd then return "note", "no file could be written to compare its time" end
  local now, stat = uv.gettimeofday(), uv.fs_fstat(fd)
  uv.fs_close(fd)
  uv.fs_unlink(path)
  local off = stat.mtime.sec - now
  if math.abs(off) > 2 then
    return "bad", ("files get a time that is %d s off the clock's"):format(off)
  end
  return "ok", "files and clock agree"
end

-- ---- the command ----

local SHOWN = { ok = "ok  ", note = "note", bad = "BAD " }

---@param options Options
---@return integer? exit
---@return UsageError?
function M.run(options)
  if #options.targets > 0 then return nil, { message = "doctor takes no targets" } end
  local where = place.find(options.directory)
  local root = where and where.root or uv.cwd()
  local exit = 0
  local function look(what, verdict, text)
    print(("%s  %-12s %s"):format(SHOWN[verdict], what, text))
    if verdict == "bad" then exit = 1 end
  end
  look("kernel", kernel())
  look("sandbox", sandbox(root))
  look("cc", tool("CC", { "cc", "gcc", "clang" }))
  look("c++", tool("CXX", { "c++", "g++", "clang++" }))
  look("ar", tool("AR", { "ar", "llvm-ar" }))
  look("lua", tool("LUA", { "lua5.4", "lua" }))
  look("cache", cache())
  look("limits", limits())
  look("file system", file_system(root))
  look("clock", clock(root))
  return exit
end

return M
