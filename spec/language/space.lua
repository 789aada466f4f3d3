--- A temporary workspace: write files, build, look at what ran.
local events = require "spec.support.events"

---@class Space
---@field dir string
local Space = {}
Space.__index = Space

---@param files table<string, string>  path -> text
---@return Space self
function Space:write(files)
  for path, text in pairs(files) do
    local full = self.dir .. "/" .. path
    events.must("mkdir -p " .. events.quote(full:match("^(.*)/")))
    local f = assert(io.open(full, "wb"))
    assert(f:write(text))
    f:close()
    if text:sub(1, 2) == "#!" then events.must("chmod +x " .. events.quote(full)) end
  end
  return self
end

--- Runs `skylua ARGS`, whatever comes of it.
---@param args string
---@return Outcome
function Space:run(args)
  return events.run(self.dir, args)
end

--- Runs `skylua ARGS`, which must succeed.
---@param args string
---@return Outcome
function Space:ok(args)
  local r = self:run(args)
  if r.code ~= 0 then error(("exit %d of %s\n%s"):format(r.code, args, r.err), 2) end
  return r
end

--- The text that people see when `skylua ARGS` fails.
---@param args string
---@return string
function Space:fails(args)
  local r = self:run(args)
  if r.code == 0 then error("it should fail: " .. args, 2) end
  return r.err
end

---@param path string
---@return string
function Space:read(path)
  return events.read(self.dir .. "/" .. path)
end

--- Output of a shell command in the workspace.
---@param command string
---@return string
function Space:sh(command)
  return events.must(("cd %s && { %s\n}"):format(events.quote(self.dir), command))
end

function Space:remove()
  events.must("rm -rf " .. events.quote(self.top))
end

local M = {}

--- A new workspace with these files (and an empty WORKSPACE.lua).
---@param files table<string, string>
---@return Space
function M.new(files)
  local top = events.temp_dir()
  local self = setmetatable({ top = top, dir = top .. "/ws" }, Space)
  self:write { ["WORKSPACE.lua"] = "" }
  return self:write(files)
end

return M
