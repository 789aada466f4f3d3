--- `skylua version`.
local core = require "core"

local M = { usage = "version", summary = "show the version" }

---@return integer exit
function M.run()
  print("skylua " .. core.version)
  return 0
end

return M
