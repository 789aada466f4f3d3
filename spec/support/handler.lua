--- busted's output: what failed, and as last line "N passed, N failed, N pending".
-- spec/support/run.lua reads that line; without it a spec file counts as failed.

local pretty = require "pl.pretty"

---@param message any
---@return string
local function words(message)
  if message == nil then return "(no message)" end
  return type(message) == "string" and message or pretty.write(message)
end

---@param kind string
---@param t table  busted's record of a failure
---@param name string
local function show(kind, t, name)
  local at = t.element and t.element.trace or t.trace or {}
  io.write(("%s: %s\n  %s:%s\n"):format(kind, name, at.short_src or "?", at.currentline or "?"))
  io.write("  ", (words(t.message):gsub("\n", "\n  ")), "\n")
  if kind == "error" and t.trace and t.trace.traceback then
    io.write("  ", (t.trace.traceback:gsub("\n", "\n  ")), "\n")
  end
end

return function(_)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()

  function handler.last_line()
    for _, t in ipairs(handler.failures) do show("failure", t, t.name) end
    for _, t in ipairs(handler.errors) do show("error", t, t.name) end
    for _, t in ipairs(handler.pendings) do io.write("pending: ", t.name, "\n") end
    io.write(("%d passed, %d failed, %d pending\n"):format(handler.successesCount,
      #handler.failures + #handler.errors, #handler.pendings))
    io.flush()
    return nil, true
  end

  busted.subscribe({ "exit" }, handler.last_line)
  return handler
end
