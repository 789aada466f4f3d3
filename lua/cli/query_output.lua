--- How sets of targets are printed: --output=label|location|json|dot.
local json = require "dkjson"
local label_set = require "cli.label_set"
local outcome = require "cli.outcome"

local M = {}

local ORDER = { keyorder = { "label", "kind", "file", "line", "test", "deps" }, indent = true }

---@param node GraphTarget
---@return string
function M.place(node)
  return node.line and ("%s:%d"):format(node.file, node.line) or node.file
end

local forms = {}

function forms.label(_, list)
  return #list == 0 and "" or table.concat(list, "\n") .. "\n"
end

function forms.location(graph, list)
  local lines = {}
  for i, label in ipairs(list) do
    local node = graph:node(label)
    lines[i] = ("%s: %s %s\n"):format(M.place(node), node.kind, label)
  end
  return table.concat(lines)
end

function forms.json(graph, list)
  local out = setmetatable({}, { __jsontype = "array" })
  for i, label in ipairs(list) do
    local node = graph:node(label)
    out[i] = { label = label, kind = node.kind, file = node.file, line = node.line,
      test = node.test, deps = setmetatable(table.move(node.labels, 1, #node.labels, 1, {}),
        { __jsontype = "array" }) }
  end
  return json.encode(out, ORDER) .. "\n"
end

---@param text string
---@return string
local function dot_name(text)
  return '"' .. text:gsub('["\\]', "\\%0") .. '"'
end

function forms.dot(graph, list)
  local inside, lines = label_set.new(list), { "digraph skylua {", "  node [shape=box];" }
  for _, label in ipairs(list) do
    lines[#lines + 1] = ("  %s;"):format(dot_name(label))
    for _, dep in ipairs(graph:node(label).labels) do
      if inside.has[dep] then
        lines[#lines + 1] = ("  %s -> %s;"):format(dot_name(label), dot_name(dep))
      end
    end
  end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

--- A set as --output wants it.
---@param session Session
---@param graph TargetGraph
---@param set LabelSet
---@return string
function M.text(session, graph, set)
  return forms[session.options.output or "label"](graph, set:shown())
end

--- Prints a set; as events with --json. The packages that could not be read come after it.
---@param session Session
---@param graph TargetGraph
---@param set LabelSet
---@return integer exit
function M.print(session, graph, set)
  local list = set:shown()
  graph:prepare(list)
  for _, label in ipairs(session.json and list or {}) do
    local node = graph:node(label)
    session.events:write { event = "result", label = label, kind = node.kind, file = node.file,
      line = node.line }
  end
  session:quieten()
  session:answer(M.text(session, graph, set))
  outcome.show(session, graph.failures)
  return outcome.exit_code(graph.failures)
end

return M
