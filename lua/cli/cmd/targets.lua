--- `skylua targets`.
local label_set = require "cli.label_set"
local output = require "cli.query_output"
local question = require "cli.question"
local select = require "cli.select"

local M = {
  usage = "targets [pattern]",
  summary = "list targets; default: this directory and below",
  examples = { "skylua targets", "skylua targets //lib/...", "skylua targets --output=location" },
  workspace = true,
}

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words = table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
  return question.ask(options, place, function(session, graph)
    local selection, err = select.targets(session, words)
    if not selection then return nil, err end
    table.move(selection.failures, 1, #selection.failures, 1, graph.failures)
    return output.print(session, graph, label_set.new(selection.labels))
  end)
end

return M
