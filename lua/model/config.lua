--- Configurations: where outputs go, and stages.
---
--- The id "" is the default configuration. "debug@2" is stage 2 of an analysis under "debug": what
--- a rule had declared when it read, for the second time, a file that it makes itself
--- (nodes/analysis.lua).
local M = {}

--- The id without a stage, and the stage.
---@param id string
---@return string base
---@return integer? stage
function M.split(id)
  local base, stage = id:match("^(.*)@(%d+)$")
  if base then
    return base, tonumber(stage)
  end
  return id
end

--- "debug@2" from "debug" and 2.
---@param base string
---@param stage integer
---@return string
function M.staged(base, stage)
  return base .. "@" .. stage
end

--- The directory of outputs.
---@param id string
---@return string
function M.bin_dir(id)
  id = M.split(id)
  return id == "" and "sky-out/bin" or "sky-out/bin-" .. id
end

return M
