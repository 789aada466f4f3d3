--- Runs skylua in a copy of a workspace and reads the events it prints with --json.

local json = require "dkjson"

local M = {}

--- The binary to test: $SKYLUA (absolute), or build/skylua of this checkout.
M.root = assert(io.popen("pwd")):read("l")
M.skylua = os.getenv("SKYLUA") or M.root .. "/build/skylua"

---@param text string
---@return string
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a shell command; its two streams come back apart.
---@param command string
---@return integer code
---@return string out
---@return string err
function M.sh(command)
  local err_path = os.tmpname()
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>" .. err_path))
  local out = pipe:read("a")
  local _, _, code = pipe:close()
  local f = assert(io.open(err_path))
  local err = f:read("a")
  f:close()
  os.remove(err_path)
  return code, out, err
end

--- The output of a command that must not fail.
---@param command string
---@return string
function M.must(command)
  local code, out, err = M.sh(command)
  if code ~= 0 then error(("exit %d: %s\n%s%s"):format(code, command, out, err), 2) end
  return out
end

---@return string  an empty directory of one's own
function M.temp_dir()
  return (M.must("mktemp -d"):gsub("\n$", ""))
end

---@param path string
---@return string
function M.read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("a")
  f:close()
  return text
end

---@param path string
---@param text string
function M.append(path, text)
  local f = assert(io.open(path, "ab"))
  assert(f:write(text))
  f:close()
end

---@class Outcome
---@field code integer  exit code
---@field err string  what was written for people
---@field events table[]  all of them, in order
---@field actions table[]  the `action` events
---@field tests table[]  the `test` events
---@field ran table<string, integer>  mnemonic -> how many actions ran
---@field finished table  the `finished` event

--- Runs `skylua ARGS --json` in `dir` with a cache below it; keeps the events.
---@param dir string
---@param args string  for the shell
---@return Outcome
function M.run(dir, args)
  local code, out, err = M.sh(("cd %s && XDG_CACHE_HOME=%s %s %s --json"):format(M.quote(dir),
    M.quote(dir .. ".cache"), M.quote(M.skylua), args))
  local r = { code = code, err = err, events = {}, actions = {}, tests = {}, ran = {} }
  for line in out:gmatch("[^\n]+") do
    local event, _, why = json.decode(line)
    if not event then error("not an event: " .. line .. ": " .. tostring(why), 2) end
    r.events[#r.events + 1] = event
    if event.event == "action" then
      r.actions[#r.actions + 1] = event
      r.ran[event.mnemonic] = (r.ran[event.mnemonic] or 0) + 1
    elseif event.event == "test" then
      r.tests[#r.tests + 1] = event
    elseif event.event == "finished" then
      r.finished = event
    end
  end
  if not r.finished then
    error(("no `finished` event, exit %d:\n%s%s"):format(code, out, err), 2)
  end
  return r
end

--- What ran, as text that a failing comparison shows well: "CC 2, LINK 1".
---@param r Outcome
---@return string
function M.what(r)
  local parts = {}
  for mnemonic, n in pairs(r.ran) do
    parts[#parts + 1] = mnemonic .. " " .. n
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

return M
