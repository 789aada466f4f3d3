--- Tokens of Lua text: just enough to point at a key or a literal in a message.
---@class Token
---@field kind "name"|"string"|"symbol"
---@field text string   of a string: what stands between the quotes
---@field line integer
---@field column integer
---@field length integer
local M = {}

local function long_bracket(text, at)
  local eq = text:match("^%[(=*)%[", at)
  if not eq then
    return nil
  end
  local _, stop = text:find("]" .. eq .. "]", at, true)
  return stop or #text, #eq + 2
end

local function short_string(text, at)
  local quote, i = text:sub(at, at), at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote or c == "\n" then
      return i
    end
    i = i + 1
  end
  return #text
end

-- Returns kind (nil: nothing to report), last offset, offsets of the inner text.
local function scan(text, at)
  local c = text:sub(at, at)
  if text:find("^%-%-", at) then
    local stop = long_bracket(text, at + 2)
    return nil, stop or (text:find("\n", at, true) or #text + 1) - 1
  elseif c == '"' or c == "'" then
    local stop = short_string(text, at)
    return "string", stop, at + 1, stop - 1
  elseif c == "[" then
    local stop, skip = long_bracket(text, at)
    if stop then
      return "string", stop, at + skip, stop - skip
    end
  elseif c:find("[%a_]") then
    local _, stop = text:find("^[%w_]+", at)
    return "name", stop, at, stop
  elseif c:find("%s") then
    local _, stop = text:find("^%s+", at)
    return nil, stop
  elseif text:find("^==", at) then
    return "symbol", at + 1, at, at + 1
  end
  return "symbol", at, at, at
end

--- The offset at which line `line` begins.
---@param text string
---@param line integer
---@return integer?
function M.line_offset(text, line)
  local at = 1
  for _ = 2, line do
    local nl = text:find("\n", at, true)
    if not nl then
      return nil
    end
    at = nl + 1
  end
  return at
end

--- The text of line `line`, nil when there is no such line.
---@param text string
---@param line integer
---@return string?
function M.line_text(text, line)
  local at = M.line_offset(text, line)
  return at and text:match("^[^\r\n]*", at)
end

--- Iterates over the tokens from the beginning of line `line`.
---@param text string
---@param line integer
---@return fun(): Token?
function M.tokens(text, line)
  local at = M.line_offset(text, line) or #text + 1
  local bol = at
  return function()
    while at <= #text do
      local kind, stop, from, to = scan(text, at)
      local token = kind and { kind = kind, text = text:sub(from, to), line = line,
        column = at - bol + 1, length = stop - at + 1 }
      local nl = text:find("\n", at, true)
      while nl and nl <= stop do
        line, bol = line + 1, nl + 1
        nl = text:find("\n", nl + 1, true)
      end
      at = stop + 1
      if token then
        return token
      end
    end
  end
end

return M
