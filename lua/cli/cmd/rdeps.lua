--- `skylua rdeps`.
local question = require "cli.question"

return question.command({
  usage = "rdeps target|file",
  summary = "all that needs a target or file, with itself",
  details = "The same as query 'rdeps(target)'; query 'rdeps(target, universe)' looks at less.\n",
  examples = { "skylua rdeps //lib:greet", "skylua rdeps lib/greet.h" },
}, 1, function(graph, sets) return graph:rdeps(sets[1]) end)
