--- `skylua query`: a Lua expression over sets of labels. Labels may stand without quotes:
-- deps(//app:app) - //lib/... is deps("//app:app") - "//lib/...".
local label_set = require "cli.label_set"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local M = {}

--- What is wrong with the expression; caught by M.run.
---@param message string
---@param hint? string
local function wrong(message, hint)
  error({ usage = { message = message, hint = hint } }, 0)
end

-- ---- labels without quotes ----

--- Is an operand expected behind this text?
---@param before string
---@return boolean
local function wants_operand(before)
  local last = before:match("(%S)%s*$")
  return not last or last:find("[%(,%+%-%*{=]") ~= nil or before:find("%f[%w]return%s*$") ~= nil
end

--- Where the label that begins at `from` ends: '-' and '+' belong to it only between
--- letters, '...' always.
---@param text string
---@param from integer
---@return integer
local function label_end(text, from)
  local at = from
  while at <= #text do
    local c = text:sub(at, at)
    local joins = c:find("[%-+]") and text:find("^[%w_]", at + 1) and at > from
      and text:find("^[%w_.]", at - 1)
    if not (c:find("[%w_./:@~]") or joins) then break end
    at = at + 1
  end
  return at - 1
end

--- The expression with quotes around its labels.
---@param text string
---@return string
function M.quoted(text)
  local out, at = {}, 1
  while at <= #text do
    local quote = text:match("^[\"']", at)
    local stop = at
    if quote then
      stop = text:find(quote, at + 1, true) or #text
      out[#out + 1] = text:sub(at, stop)
    elseif (text:find("^@?[%w_.-]*//", at) or text:find("^:[%w_]", at))
        and wants_operand(table.concat(out)) then
      stop = label_end(text, at)
      out[#out + 1] = ("%q"):format(text:sub(at, stop))
    else
      out[#out + 1] = text:sub(at, stop)
    end
    at = stop + 1
  end
  return table.concat(out)
end

-- ---- functions ----

---@param graph TargetGraph
---@param x any
---@return LabelSet
local function set_of(graph, x)
  if label_set.is(x) then return x end
  if type(x) == "table" then
    local all = label_set.new()
    for _, part in ipairs(x) do all = label_set.union(all, set_of(graph, part)) end
    return all
  end
  if type(x) ~= "string" then
    wrong(("a %s is no set of targets"):format(x == nil and "missing argument" or type(x)),
      'write a label such as "//dir:name", a pattern, or a function of them')
  end
  local set, failure = graph:resolve(x)
  if not set then error({ failure = failure }, 0) end
  return set
end

---@param text any
---@param call string
---@return string
local function pattern_of(text, call)
  if type(text) ~= "string" then wrong(call .. " wants a pattern, a string") end
  if not pcall(string.find, "", text) then
    wrong(("%s: '%s' is no Lua pattern"):format(call, text))
  end
  return text
end

---@param graph TargetGraph
---@return table<string, function>
local function functions(graph)
  local F = {}
  local function set(x) return set_of(graph, x) end

  function F.deps(t) return graph:deps(set(t)) end
  function F.rdeps(t, universe) return graph:rdeps(set(t), universe and set(universe)) end
  function F.path(a, b) return graph:path(set(a), set(b)) end
  function F.tests(t) return graph:tests(set(t)) end
  function F.set(...) return set { ... } end

  function F.kind(pattern, t)
    pattern = pattern_of(pattern, "kind")
    return set(t):filter(function(label) return graph:node(label).kind:find(pattern) ~= nil end)
  end

  function F.attr(name, pattern, t)
    if type(name) ~= "string" then wrong('attr wants a name: attr("srcs", "%.c$", t)') end
    pattern = pattern_of(pattern, "attr")
    return set(t):filter(function(label)
      local attrs = graph:node(label).attrs
      for _, text in ipairs(attrs and attrs[name] or {}) do
        if text:find(pattern) then return true end
      end
      return name == "name" and label:match(":([^:]*)$"):find(pattern) ~= nil
    end)
  end
  return F
end

--- Sets and words add, subtract and intersect.
---@param graph TargetGraph
---@return table<string, function>
local function operators(graph)
  local function lift(op)
    return function(a, b) return op(set_of(graph, a), set_of(graph, b)) end
  end
  return { __add = lift(label_set.union), __sub = lift(label_set.minus),
    __mul = lift(label_set.both) }
end

--- Calls `fn` with these operators on sets and strings.
---@param ops table<string, function>
---@param fn function
---@return boolean ok
---@return any
local function with_operators(ops, fn)
  local strings, sets = debug.getmetatable(""), debug.getmetatable(label_set.new())
  local before = {}
  for name, op in sorted.pairs(ops) do
    before[name] = strings[name]
    strings[name], sets[name] = op, op
  end
  local ok, value = pcall(fn)
  for name in sorted.pairs(ops) do strings[name], sets[name] = before[name], nil end
  return ok, value
end

--- The set that an expression stands for.
---@param graph TargetGraph
---@param text string
---@return LabelSet?
---@return UsageError|Failure?  what is wrong; a Failure when it is a label
function M.run(graph, text)
  local known = functions(graph)
  local env = setmetatable({}, { __index = function(_, name)
    if known[name] then return known[name] end
    wrong(("query has no function '%s'"):format(tostring(name)),
      suggest.hint(tostring(name), sorted.keys(known))
        or "it has " .. table.concat(sorted.keys(known), ", "))
  end })
  local chunk, why = load("return " .. M.quoted(text), "=query", "t", env)
  if not chunk then
    return nil, { message = "the query is no Lua expression: " .. why:gsub("^query:%d+: ", ""),
      hint = "skylua query 'deps(//app:app) - //lib/...'" }
  end
  local ok, value = with_operators(operators(graph), function() return set_of(graph, chunk()) end)
  if ok then return value end
  if type(value) ~= "table" then
    return nil, { message = "the query: " .. tostring(value):gsub("^query:%d+: ", "") }
  end
  return nil, value.usage or value.failure
end

return M
