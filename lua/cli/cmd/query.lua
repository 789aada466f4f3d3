--- `skylua query`: a Lua expression over sets of targets.
local output = require "cli.query_output"
local query = require "cli.query_language"
local question = require "cli.question"

local M = {
  usage = "query EXPR",
  summary = "ask about targets with a Lua expression over sets",
  details = "EXPR is made of labels and patterns (quotes may be left out), + - * (union,\n"
    .. "difference, both) and\n"
    .. "  deps(t)             all that t needs, with t: targets and files\n"
    .. "  rdeps(t[, u])       all that needs t, with t, in u (default: //...)\n"
    .. "  path(a, b)          a shortest way from a to b\n"
    .. "  kind(pat, t)        those of t whose rule fits a Lua pattern, or 'source file'\n"
    .. "  attr(name, pat, t)  those of t with an attribute that fits\n"
    .. "  tests(t)            the tests in t, and of its suites\n"
    .. "Every case of a select counts. What can be read of a workspace with mistakes is answered,\n"
    .. "the mistakes are shown, and the exit code is 1.\n",
  examples = { "skylua query 'deps(//app:app) - //lib/...'",
    "skylua query 'kind(\"cc_\", rdeps(//lib:greet))'", "skylua query 'tests(//...)'",
    "skylua query --output=dot 'deps(//app:app) * //...'" },
  workspace = true,
}

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words, err = question.words(options, 1, math.huge, M.examples[1])
  if not words then return nil, err end
  return question.ask(options, place, function(session, graph)
    local set, why = query.run(graph, table.concat(words, " "))
    if set then return output.print(session, graph, set) end
    if why.message then return nil, why end
    return question.fail(session, { why })
  end)
end

return M
