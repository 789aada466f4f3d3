--- Where in the user's files something happened: lines from the stack, columns by looking for
--- the words there. Used only when there is something to complain about.
---
---@class (exact) Find   what to underline; tried in this order
---@field text? string|string[]  a literal, or one of these; after `key` when that is given too
---@field key? string    `key =` in the table of the call
---@field call? string   the name of the function that is called
---@field name? string   a name on that line
---@field dotted? boolean that name, where it stands behind a "." or ":"
local context = require "util.context"
local lexer = require "util.lexer"

local M = {}

local getinfo = debug.getinfo
local MAX_LEVELS = 250
local MAX_CHAIN = 20

-- Shipped code is not what the user can mend: its frames are shown only when there are no others.
local function without_shipped(frames)
  local out = {}
  for _, frame in ipairs(frames) do
    if frame.file:sub(1, 6) ~= "@sky//" then
      out[#out + 1] = frame
    end
  end
  return #out > 0 and out or frames
end

local function add_frames(out, from)
  for l = from, from + MAX_LEVELS do
    local info = getinfo(l, "Sl")
    if not info then
      return
    end
    local source, line = info.source, info.currentline
    local user = source:sub(1, 3) == "=//" or source:sub(1, 2) == "=@"
    if user and line > 0 and #out < MAX_CHAIN then
      out[#out + 1] = { file = source:sub(2), line = line }
    end
  end
end

-- How deep the stack is: endless recursion fills it.
local function stack_depth()
  local low, high = 1, 1
  while getinfo(high, "l") do
    low, high = high, high * 2
  end
  while low + 1 < high do
    local middle = (low + high) // 2
    if getinfo(middle, "l") then
      low = middle
    else
      high = middle
    end
  end
  return low
end

--- The frames of user code on the stack of this coroutine, innermost first. When ours fill the
--- stack, those at its other end.
---@param level? integer
---@return { file: string, line: integer }[]
function M.frames(level)
  local out = {}
  level = (level or 1) + 1
  add_frames(out, level + 1)
  if not out[1] then
    add_frames(out, math.max(level, stack_depth() - MAX_LEVELS))
  end
  return without_shipped(out)
end

--- The innermost frame of any Lua file, also of a shipped one.
---@param level? integer
---@return { file: string, line: integer }?
function M.innermost(level)
  local out = {}
  add_frames(out, (level or 1) + 2)
  return out[1]
end

local OPEN = { ["{"] = 1, ["("] = 1, ["["] = 1 }
local CLOSE = { ["}"] = 1, [")"] = 1, ["]"] = 1 }

local CHAIN = { ["."] = 1, [":"] = 1, ["("] = 1, ["{"] = 1 }

-- Does the call go on behind its closing bracket, as in load("x").y { ... }?
local function goes_on(last, token)
  return CHAIN[token.text] and token.kind == "symbol"
    or token.kind == "name" and last.kind == "symbol" and CHAIN[last.text] ~= nil
    or token.kind == "string" and last.kind == "name"
end

-- The tokens of the call that begins at `line`, with their depth.
local function call_tokens(text, line)
  local out, depth, opened = {}, 0, false
  for token in lexer.tokens(text, line) do
    if opened and depth <= 0 and not goes_on(out[#out], token) then
      break
    end
    if token.kind == "symbol" and CLOSE[token.text] then
      depth = depth - 1
    end
    token.depth = depth
    out[#out + 1] = token
    if token.kind == "symbol" and OPEN[token.text] then
      depth, opened = depth + 1, true
    end
    if #out > 20000 then
      break
    end
  end
  return out
end

local function is(token, text)
  return token ~= nil and token.kind == "symbol" and token.text == text
end

local function find_key(tokens, key)
  local second
  for i, t in ipairs(tokens) do
    local bare = t.kind == "name" and is(tokens[i + 1], "=")
    local quoted = t.kind == "string" and is(tokens[i + 1], "]") and is(tokens[i + 2], "=")
    if t.text == key and (bare or quoted) then
      if t.depth - (quoted and 1 or 0) <= 1 then
        return t, i
      end
      second = second or { t, i }
    end
  end
  if second then
    return second[1], second[2]
  end
end

local function find_text(tokens, texts, from)
  texts = type(texts) == "table" and texts or { texts }
  for i = from, #tokens do
    local t = tokens[i]
    for _, text in ipairs(texts) do
      if t.kind == "string" and t.text == text then
        return t
      end
    end
  end
end

local function find_call(tokens, name)
  for i, t in ipairs(tokens) do
    local next_token = tokens[i + 1]
    local opens = next_token and (next_token.kind == "string" or OPEN[next_token.text])
    if t.kind == "name" and opens and (not name or t.text == name) then
      return t
    end
  end
end

local find_name

function find_name(tokens, name, dotted)
  for i, t in ipairs(tokens) do
    if t.kind == "name" and t.text == name
      and (not dotted or is(tokens[i - 1], ".") or is(tokens[i - 1], ":")) then
      return t
    end
  end
  return dotted and find_name(tokens, name) or nil
end

local function find_token(tokens, find)
  local key, at
  if find.key then
    key, at = find_key(tokens, find.key)
  end
  if find.text and (key or not find.key) then
    local t = find_text(tokens, find.text, at or 1)
    if t then
      return t
    end
  end
  if key then
    return key
  end
  local named = find.name and find_name(tokens, find.name, find.dotted)
  return named or find_call(tokens, find.call) or find_call(tokens) or tokens[1]
end

--- Does the call at `line` have the literal (and key) that `find` describes?
---@param text string
---@param line integer
---@param find Find
---@return boolean
function M.has(text, line, find)
  local tokens = call_tokens(text, line)
  local key, at
  if find.key then
    key, at = find_key(tokens, find.key)
  end
  if find.text then
    return find_text(tokens, find.text, at or 1) ~= nil
  end
  return key ~= nil
end

--- Fills line, column, length and source of `e` from the call at `line` of `text`.
---@param e Err
---@param text string
---@param line integer
---@param find? Find
---@return Err e
function M.point(e, text, line, find)
  e.line = line
  local token = find and find_token(call_tokens(text, line), find)
  if token then
    e.line, e.column, e.length = token.line, token.column, token.length
  end
  e.source = lexer.line_text(text, e.line)
  if e.source and e.column and e.length then
    e.length = math.max(1, math.min(e.length, #e.source - e.column + 1))
  end
  return e
end

--- The path that messages show for a label of a file: "app/BUILD.lua" of "//app/BUILD.lua".
---@param label string
---@return string
function M.file(label)
  return (label:gsub("^//", ""))
end

--- Fills the place of `e` from frames (innermost first).
---@param e Err
---@param frames { file: string, line: integer }[]
---@param find? Find
---@return Err e
function M.fill(e, frames, find)
  local top = frames[1]
  if not top then
    return e
  end
  e.file, e.line = M.file(top.file), top.line
  local text = context.text(top.file)
  if text then
    M.point(e, text, top.line, find)
  end
  if #frames > 1 then
    local chain = {}
    for i = 2, #frames do
      local at = frames[i].file .. ":" .. frames[i].line
      -- recursion: each place once
      if at ~= chain[#chain] and at ~= top.file .. ":" .. top.line then
        chain[#chain + 1] = at
      end
    end
    e.chain = chain[1] and chain or nil
  end
  return e
end

--- Raises `e` with the place of the innermost user code on the stack.
---@param e Err
---@param find? Find
function M.raise(e, find)
  error(M.fill(e, M.frames(2), find), 0)
end

return M
