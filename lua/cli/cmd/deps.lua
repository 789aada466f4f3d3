--- `skylua deps`.
local question = require "cli.question"

return question.command({
  usage = "deps target",
  summary = "all that a target needs, with itself, targets and files",
  details = "The same as query 'deps(target)': every case of a select counts.\n",
  examples = { "skylua deps //app:app", "skylua deps --output=location //app:app" },
}, 1, function(graph, sets) return graph:deps(sets[1]) end)
