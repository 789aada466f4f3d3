--- What the commands that ask about targets have in common: open, answer, close.
local output = require "cli.query_output"
local outcome = require "cli.outcome"
local session_of = require "cli.session"
local target_graph = require "cli.target_graph"

local M = {}

--- The words behind a command, as many as it wants.
---@param options Options
---@param least integer
---@param most integer
---@param example string
---@return string[]?
---@return UsageError?
function M.words(options, least, most, example)
  local words = table.move(options.rest, 1, #options.rest, #options.targets + 1, options.targets)
  if #words >= least and #words <= most then return words end
  local wants = most == 0 and "no words" or most == 1 and (least == 0 and "at most one word"
    or "one word") or least == most and least .. " words" or "at least one word"
  return nil, { message = ("%s wants %s"):format(options.command, wants), hint = example }
end

--- Shows failures of words or packages; the exit code.
---@param session Session
---@param failures Failure[]
---@return integer exit
function M.fail(session, failures)
  session:quieten()
  outcome.show(session, failures)
  return outcome.exit_code(failures)
end

--- Opens the workspace for a question, calls `fn`, closes it.
---@param options Options
---@param place Place
---@param fn fun(session: Session, graph: TargetGraph): integer?, UsageError?
---@return integer? exit
---@return UsageError?
function M.ask(options, place, fn)
  local session, err = session_of.open(options, place, true)
  if not session then return nil, err end
  return session:guard(function() return fn(session, target_graph.new(session)) end)
end

--- The set of the words, or nil when one stands for nothing, which has been said then.
---@param session Session
---@param graph TargetGraph
---@param word string
---@return LabelSet?
---@return integer? exit
function M.set(session, graph, word)
  local set, failure = graph:resolve(word)
  if set then return set end
  return nil, M.fail(session, { failure })
end

--- A command that takes words, makes a set of each and prints what `fn` makes of them.
---@param about Command
---@param count integer  words
---@param fn fun(graph: TargetGraph, sets: LabelSet[]): LabelSet
---@return Command
function M.command(about, count, fn)
  about.workspace = true
  function about.run(options, place)
    local words, err = M.words(options, count, count, about.examples[1])
    if not words then return nil, err end
    return M.ask(options, place, function(session, graph)
      local sets = {}
      for i, word in ipairs(words) do
        local set, exit = M.set(session, graph, word)
        if not set then return exit end
        sets[i] = set
      end
      return output.print(session, graph, fn(graph, sets))
    end)
  end
  return about
end

return M
