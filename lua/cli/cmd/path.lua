--- `skylua path`.
local question = require "cli.question"

return question.command({
  usage = "path A B",
  summary = "a shortest way from A to B, which it needs",
  details = "The same as query 'path(a, b)'.\n",
  examples = { "skylua path //app:app //lib:greet" },
}, 2, function(graph, sets) return graph:path(sets[1], sets[2]) end)
