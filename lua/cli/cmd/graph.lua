--- `skylua graph`: a target's graph for graphviz.
local output = require "cli.query_output"
local question = require "cli.question"

local M = {
  usage = "graph target",
  summary = "the graph below a target, as text for graphviz or --svg",
  details = "Targets only; -v adds files. --svg needs graphviz.\n",
  examples = { "skylua graph //app:app", "skylua graph --svg //app:app > app.svg" },
  workspace = true,
}

--- Has graphviz draw it on standard output.
---@param text string
---@return UsageError?
local function draw(text)
  local ok = os.execute("command -v dot >/dev/null 2>&1")
  if not ok then
    return { exit = 1, message = "graphviz is not installed: there is no 'dot' in the PATH",
      hint = "Debian: apt install graphviz; without --svg the text is printed" }
  end
  io.stdout:flush()
  local pipe = io.popen("dot -Tsvg", "w")
  if pipe then ok = pipe:write(text) and pipe:close() end
  return not (pipe and ok) and { exit = 1, message = "graphviz failed" } or nil
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local words, err = question.words(options, 1, 1, M.examples[1])
  if not words then return nil, err end
  if options.output and options.output ~= "dot" then
    return nil, { message = ("graph has no --output=%s"):format(options.output),
      hint = "skylua deps --output=" .. options.output }
  end
  return question.ask(options, place, function(session, graph)
    local set, exit = question.set(session, graph, words[1])
    if not set then return exit end
    set = graph:deps(set)
    if not options.verbose then
      set = set:filter(function(label) return not graph:node(label).kind:find " file$" end)
    end
    options.output = "dot"
    if not options.svg then return output.print(session, graph, set) end
    session:quieten()
    local wrong = draw(output.text(session, graph, set))
    if wrong then return nil, wrong end
    return question.fail(session, graph.failures)
  end)
end

return M
