--- The commands: one file each in cli/cmd, found by name.
local M = {}

--- In the order of --help.
M.names = { "build", "test", "run", "query", "deps", "rdeps", "path", "owner", "targets",
  "affected", "graph", "explain", "why", "log", "compdb", "watch", "init", "clean", "info",
  "doctor", "completion", "eval", "lua", "help", "version" }

---@class Command
---@field usage string     "build [targets]"
---@field summary string   one line
---@field details? string  more, for its own help
---@field examples? string[]
---@field workspace? boolean  must be called inside a workspace
---@field run fun(options: Options, place: Place?): integer?, UsageError?

---@param name string
---@return Command?
function M.find(name)
  for _, known in ipairs(M.names) do
    if known == name then return require("cli.cmd." .. name) end
  end
end

return M
