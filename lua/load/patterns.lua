--- find, match, gmatch and gsub for user code, with bounds. Lua's own look at a pattern inside of
--- one call that nothing can stop, and ("a"):rep(3000):find(".-.-.-b") takes hours. So what could
--- take long is matched here, with a count of steps: no clock, the same end everywhere.
local place = require "util.place"

local M = {}

local byte, sub = string.byte, string.sub
local stock = { find = string.find, match = string.match, gmatch = string.gmatch,
  gsub = string.gsub }

local STEPS = 2000000         -- and for each byte:
local STEPS_PER_BYTE = 50

-- ---- which patterns could take long ----

-- number of repetitions that others follow -> the longest subject that is surely soon done
local LONGEST = { [0] = math.huge, 20000, 700, 140, 50, 15 }
local MOST = #LONGEST
local MAX_KNOWN = 10000

local weights, known = {}, 0

-- How many repetitions something follows: each may have to be tried with each of the others.
local function weigh(pattern)
  local _, balanced = stock.gsub(pattern, "%%b", "")
  local plain = stock.gsub(stock.gsub(pattern, "%%.", "x"), "%[%^?%]?[^%]]*%]", "x")
  local _, n = stock.gsub(plain, "[*+%-]", "")
  if stock.find(plain, "[*+%-]%)*$") then
    n = n - 1
  end
  if known == MAX_KNOWN then
    weights, known = {}, 0
  end
  known = known + 1
  weights[pattern] = math.min(n + balanced, MOST)
  return weights[pattern]
end

local function is_quick(s, pattern)
  if type(s) ~= "string" or type(pattern) ~= "string" then
    return true      -- a mistake, or a number: Lua's own words about it
  end
  return #s <= LONGEST[weights[pattern] or weigh(pattern)]
end

-- ---- patterns as lists of steps ----

local sets = {}       -- one item of a pattern, "%w" or "[^x]" -> byte -> true

local function set_of(item)
  local set = sets[item]
  if not set then
    set = {}
    for b = 0, 255 do
      set[b] = stock.find(string.char(b), item) ~= nil
    end
    sets[item] = set
  end
  return set
end

local function malformed(why)
  error("malformed pattern (" .. why .. ")", 0)
end

-- The end of the item that begins at `i`, and the item as a pattern of its own.
local function item_at(pattern, i)
  local c = sub(pattern, i, i)
  if c == "%" then
    if i == #pattern then malformed "ends with '%'" end
    return i + 1, sub(pattern, i, i + 1)
  elseif c ~= "[" then
    return i, c == "." and c or stock.find(c, "%p") and "%" .. c or c
  end
  local j = i + 1
  if sub(pattern, j, j) == "^" then j = j + 1 end
  repeat
    if j > #pattern then malformed "missing ']'" end
    j = j + (sub(pattern, j, j) == "%" and 2 or 1)
  until sub(pattern, j, j) == "]"
  return j, sub(pattern, i, j)
end

-- The step at `i`, and where the next one begins.
local function step_at(pattern, i)
  local c, two = sub(pattern, i, i), sub(pattern, i, i + 1)
  if two == "()" then
    return { kind = "position" }, i + 2
  elseif c == "(" or c == ")" then
    return { kind = c == "(" and "open" or "close" }, i + 1
  elseif c == "$" and i == #pattern then
    return { kind = "finish" }, i + 1
  elseif two == "%b" then
    if i + 3 > #pattern then malformed "missing arguments to '%b'" end
    return { kind = "balance", from = byte(pattern, i + 2), to = byte(pattern, i + 3) }, i + 4
  elseif two == "%f" then
    if sub(pattern, i + 2, i + 2) ~= "[" then malformed "missing '[' after '%f' in pattern" end
    local last, item = item_at(pattern, i + 2)
    return { kind = "frontier", set = set_of(item) }, last + 1
  elseif c == "%" and stock.find(two, "%d") then
    return { kind = "back", n = tonumber(sub(two, 2)) }, i + 2
  end
  local last, item = item_at(pattern, i)
  local quantity = sub(pattern, last + 1, last + 1)
  if quantity ~= "" and stock.find("*+-?", quantity, 1, true) then
    return { kind = quantity, set = set_of(item) }, last + 2
  end
  return { kind = "one", set = set_of(item) }, last + 1
end

local function compile(pattern, i)
  local steps = {}
  while i <= #pattern do
    steps[#steps + 1], i = step_at(pattern, i)
  end
  return steps
end

-- ---- matching ----

local OPEN, POSITION = -1, -2
local match

local function count(m, n)
  m.left = m.left - n
  if m.left < 0 then
    place.raise({ code = "E0235",
      message = ("the pattern '%s' takes too many steps on a string of %d bytes"):format(m.pattern,
        #m.s), hint = "a pattern with fewer repetitions? Heavy work belongs into an action" },
      { name = m.what, text = m.pattern })
  end
end

local function run_length(m, i, set)
  local s, j = m.s, i
  while set[byte(s, j)] do
    j = j + 1
  end
  count(m, j - i)
  return j - i
end

local kinds = {}

kinds["*"] = function(m, i, k, step, least)
  for n = run_length(m, i, step.set), least or 0, -1 do
    local last = match(m, i + n, k + 1)
    if last then return last end
  end
end

kinds["+"] = function(m, i, k, step)
  return kinds["*"](m, i, k, step, 1)
end

kinds["-"] = function(m, i, k, step)
  while true do
    local last = match(m, i, k + 1)
    if last then return last end
    if not step.set[byte(m.s, i)] then return nil end
    i = i + 1
  end
end

kinds["?"] = function(m, i, k, step)
  return step.set[byte(m.s, i)] and match(m, i + 1, k + 1) or match(m, i, k + 1)
end

function kinds.one(m, i, k, step)
  return step.set[byte(m.s, i)] and match(m, i + 1, k + 1) or nil
end

function kinds.finish(m, i, k)
  return i == #m.s + 1 and match(m, i, k + 1) or nil
end

local function enter(m, i, k, length)
  local level = m.level + 1
  if level > 32 then error("too many captures", 0) end
  m.level, m.starts[level], m.lengths[level] = level, i, length
  local last = match(m, i, k + 1)
  if not last then m.level = level - 1 end
  return last
end

function kinds.open(m, i, k)
  return enter(m, i, k, OPEN)
end

function kinds.position(m, i, k)
  return enter(m, i, k, POSITION)
end

function kinds.close(m, i, k)
  local level = m.level
  while level > 0 and m.lengths[level] ~= OPEN do
    level = level - 1
  end
  if level == 0 then error("invalid pattern capture", 0) end
  m.lengths[level] = i - m.starts[level]
  local last = match(m, i, k + 1)
  if not last then m.lengths[level] = OPEN end
  return last
end

function kinds.balance(m, i, k, step)
  if byte(m.s, i) ~= step.from then return nil end
  local depth = 1
  for j = i + 1, #m.s do
    local b = byte(m.s, j)
    if b == step.to then
      depth = depth - 1
      if depth == 0 then
        count(m, j - i)
        return match(m, j + 1, k + 1)
      end
    elseif b == step.from then
      depth = depth + 1
    end
  end
  count(m, #m.s - i)
end

function kinds.frontier(m, i, k, step)
  local before = i > 1 and byte(m.s, i - 1) or 0
  return not step.set[before] and step.set[byte(m.s, i) or 0] and match(m, i, k + 1) or nil
end

function kinds.back(m, i, k, step)
  local length = m.lengths[step.n]
  if step.n == 0 or step.n > m.level or length == OPEN then
    error(("invalid capture index %%%d"):format(step.n), 0)
  elseif length == POSITION then
    return nil
  end
  count(m, length)
  local text = sub(m.s, m.starts[step.n], m.starts[step.n] + length - 1)
  return sub(m.s, i, i + length - 1) == text and match(m, i + length, k + 1) or nil
end

-- The end of what steps k... match at i, or nil.
function match(m, i, k)
  count(m, 1)
  local step = m.steps[k]
  if not step then return i end
  return kinds[step.kind](m, i, k, step)
end

local function machine(what, s, pattern, from)
  return { what = what, s = s, pattern = pattern, steps = compile(pattern, from), level = 0,
    starts = {}, lengths = {}, left = STEPS + STEPS_PER_BYTE * #s }
end

local function capture(m, level)
  local length = m.lengths[level]
  if length == POSITION then
    return m.starts[level]
  elseif length == OPEN then
    error("unfinished capture", 0)
  end
  return sub(m.s, m.starts[level], m.starts[level] + length - 1)
end

-- The captures; the whole match when there are none and it is wanted.
local function captures(m, first, last, whole)
  local out = {}
  for level = 1, m.level do
    out[level] = capture(m, level)
  end
  if m.level == 0 and whole then
    out[1] = sub(m.s, first, last - 1)
  end
  return out
end

-- The first match at or behind `i`: its first byte and the one behind its last.
local function search(m, i, anchored)
  for at = i, anchored and i or #m.s + 1 do
    m.level = 0
    local last = match(m, at, 1)
    if last then return at, last end
  end
end

local function begin(s, init)
  init = init or 1
  if init < 0 then init = math.max(1, #s + init + 1) end
  return math.max(init, 1)
end

local function first_match(what, s, pattern, init)
  local from = begin(s, init)
  if from > #s + 1 then return nil end
  local anchored = byte(pattern) == 94 -- "^"
  local m = machine(what, s, pattern, anchored and 2 or 1)
  local first, last = search(m, from, anchored)
  return first and m, first, last
end

-- ---- the functions of `string` ----

--- string.find
---@param s string
---@param pattern string
---@param init? integer
---@param plain? boolean
---@return any ...
function M.find(s, pattern, init, plain)
  if plain or is_quick(s, pattern) then
    return stock.find(s, pattern, init, plain)
  end
  local m, first, last = first_match("find", s, pattern, init)
  if not m then
    return nil
  end
  return first, last - 1, table.unpack(captures(m, first, last, false))
end

--- string.match
---@param s string
---@param pattern string
---@param init? integer
---@return any ...
function M.match(s, pattern, init)
  if is_quick(s, pattern) then
    return stock.match(s, pattern, init)
  end
  local m, first, last = first_match("match", s, pattern, init)
  if not m then
    return nil
  end
  return table.unpack(captures(m, first, last, true))
end

--- string.gmatch
---@param s string
---@param pattern string
---@param init? integer
---@return fun(): any ...
function M.gmatch(s, pattern, init)
  if is_quick(s, pattern) then
    return stock.gmatch(s, pattern, init)
  end
  local m, at, before = machine("gmatch", s, pattern, 1), begin(s, init), nil
  return function()
    while at <= #s + 1 do
      local first, last = search(m, at, false)
      if not first then
        at = #s + 2
      elseif last == before then
        at = first + 1
      else
        at, before = last, last
        return table.unpack(captures(m, first, last, true))
      end
    end
  end
end

local function replacement(m, first, last, repl)
  local whole = sub(m.s, first, last - 1)
  local value
  if type(repl) == "string" then
    local all = captures(m, first, last, true)
    value = stock.gsub(repl, "%%(.?)", function(c)
      if c == "%" then return "%" end
      if c == "0" then return whole end
      local x = stock.find(c, "%d") and all[tonumber(c)]
      return x or error("invalid use of '%' in replacement string", 0)
    end)
  elseif type(repl) == "table" then
    value = repl[captures(m, first, last, true)[1]]
  else
    value = repl(table.unpack(captures(m, first, last, true)))
  end
  if not value then return whole end
  if type(value) ~= "string" and type(value) ~= "number" then
    error("invalid replacement value (a " .. type(value) .. ")", 0)
  end
  return value
end

--- string.gsub
---@param s string
---@param pattern string
---@param repl string|table|function
---@param limit? integer
---@return string
---@return integer
function M.gsub(s, pattern, repl, limit)
  local kind = type(repl)
  if is_quick(s, pattern) or kind ~= "string" and kind ~= "table" and kind ~= "function" then
    return stock.gsub(s, pattern, repl, limit)
  end
  local anchored = byte(pattern) == 94
  local m = machine("gsub", s, pattern, anchored and 2 or 1)
  local out, at, n, before = {}, 1, 0, nil
  while n < (limit or math.huge) do
    m.level = 0
    local last = match(m, at, 1)
    if last and last ~= before then
      n = n + 1
      out[#out + 1] = replacement(m, at, last, repl)
      at, before = last, last
    elseif at <= #s then
      out[#out + 1] = sub(s, at, at)
      at = at + 1
    else
      break
    end
    if anchored then break end
  end
  out[#out + 1] = sub(s, at)
  return table.concat(out), n
end

--- For specs: everything is matched here, whatever the pattern is.
function M.count_all()
  for n = 0, MOST do
    LONGEST[n] = -1
  end
end

return M
