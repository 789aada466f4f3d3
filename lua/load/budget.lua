--- Bounds for one file's code: instructions and memory. No clock, so that the same file ends the
--- same way everywhere.
local context = require "util.context"
local place = require "util.place"

local M = {
  --- instructions a file (or one call of a rule) may take
  instructions = 100000000,
  --- memory, in KiB, that it may add
  memory = 2 * 1024 * 1024,
}

local STEP = 100000
local sethook = debug.sethook

local function over(code, message, hint)
  sethook()
  place.raise({ code = code, message = message, hint = hint })
end

local function hook()
  local c = context.active
  if not c then
    return
  end
  c.steps = (c.steps or 0) + STEP
  if c.steps > M.instructions then
    over("E0235", ("%s ran for more than %d million instructions"):format(c.label,
      M.instructions // 1000000), "an endless loop? Heavy work belongs into an action")
  end
  if collectgarbage("count") > (c.memory or 0) + M.memory then
    over("E0236", ("%s took more than %d MiB of memory"):format(c.label, M.memory // 1024),
      "big data belongs into files that actions read")
  end
end

local REPEATING = { "for", "while", "repeat", "goto", "function", "load" }

--- Can this text not run for ever: no loop, no function of its own, nothing loaded? Most
--- BUILD.lua files are so, and then nothing is counted.
---@param text string
---@return boolean
function M.is_straight(text)
  for _, word in ipairs(REPEATING) do
    if text:find(word, 1, true) and text:find("%f[%w_]" .. word .. "%f[^%w_]") then
      return false
    end
  end
  return true
end

--- Begins to count for context `c`, in the coroutine that runs now.
---@param c Context
function M.start(c)
  c.memory = collectgarbage("count")
  sethook(hook, "", STEP)
end

--- No more counting in this coroutine.
function M.stop()
  sethook()
end

return M
