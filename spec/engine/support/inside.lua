--- Specs of the engine run inside `skylua lua`, where there is an engine.
--
-- A spec file begins with
--     if require("spec.engine.support.inside").relay(describe, it) then return end
-- Under busted that runs the same file in skylua (support/runner.lua), declares one
-- `it` for each that was run there, and returns true; inside it returns false.

local M = {}

local MARK = "\1"

--- One line for the relay.
---@param verdict string  "ok", "fail" or "end"
---@param name string
---@param message? string
function M.report(verdict, name, message)
  local line = (message or ""):gsub("\\", "\\\\"):gsub("\n", "\\n")
  io.write(MARK, verdict, "\t", name, "\t", line, "\n")
  io.flush()
end

---@param text string
---@return string
local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function unescape(line)
  return (line:gsub("\\(.)", { n = "\n", ["\\"] = "\\" }))
end

--- What the runner says about the file.
---@param file string
---@return { name: string, ok: boolean, message: string }[] cases
---@return boolean ended  it came to its end
---@return string noise   everything else it printed
local function run(file)
  local skylua = os.getenv("SKYLUA") or "build/skylua"
  local pipe = assert(io.popen(("%s lua spec/engine/support/runner.lua %s 2>&1"):format(
    quote(skylua), quote(file))))
  local cases, noise, ended = {}, {}, false
  for line in pipe:lines() do
    local verdict, name, message = line:match("^" .. MARK .. "(%w+)\t(.-)\t(.*)$")
    if verdict == "end" then
      ended = true
    elseif verdict then
      cases[#cases + 1] = { name = name, ok = verdict == "ok", message = unescape(message) }
    else
      noise[#noise + 1] = line
    end
  end
  local ok = pipe:close()
  return cases, ended and ok == true, table.concat(noise, "\n")
end

---@param describe function  busted's: a module does not see them
---@param it function
---@return boolean  true: all is declared, the file must return
function M.relay(describe, it)
  if package.loaded["spec.engine.support.runner"] then return false end
  local file = debug.getinfo(2, "S").source:gsub("^@", ""):gsub("^%./", "")
  describe(file, function()
    local cases, ended, noise = run(file)
    for _, case in ipairs(cases) do
      it(case.name, function()
        if not case.ok then error(case.message, 0) end
      end)
    end
    it("runs to its end", function()
      if not ended or #cases == 0 then error(noise, 0) end
    end)
  end)
  return true
end

return M
