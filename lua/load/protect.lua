--- Runs a user's code: bounded, and with its errors turned into error tables with a place.
local budget = require "load.budget"
local context = require "util.context"
local place = require "util.place"
local util_err = require "util.err"

local M = {}

-- Lua's own words -> a hint.
local HINTS = {
  { "attempt to yield across a C%-call boundary",
    "functions that may wait (load, glob, ctx:read, ctx:await, ctx.toolchain) cannot be called "
      .. "inside table.sort or string.gsub: call them before" },
  { "attempt to index a nil value %(field '([^']*)'%)", "is the field's name spelt right?" },
  { "attempt to .* a nil value %(field '([^']*)'%)", "'%s' is not set; is its name spelt right?" },
  { "attempt to call a list value %(for iterator", "write: for _, x in ipairs(list) do" },
  { "attempt to concatenate a file value", "its name is file.path, or file.basename, file.stem" },
  { "attempt to concatenate a target value", "its name is target.name" },
  { "attempt to concatenate a label value", "as text it is tostring(label)" },
  { "attempt to concatenate a table value", "lists are joined by nesting them: { a, b }" },
  { "attempt to perform arithmetic on a table value",
    "lists are joined by nesting them: { a, b }" },
  { "stack overflow",
    "does a function call itself without end, or is a table inside of itself?" },
  { "not enough memory", "big data belongs into files that actions read" },
}

local function hint_for(message)
  for _, pair in ipairs(HINTS) do
    local found, _, name = message:find(pair[1])
    if found then
      return name and pair[2]:find("%s", 1, true) and pair[2]:format(name) or pair[2]
    end
  end
end

local LONGEST = 1000

-- What user code gives as a message: one that can be shown.
local function shown(message)
  if #message > LONGEST then
    message = ("%s... (%d bytes)"):format(message:sub(1, LONGEST), #message)
  end
  return (message:gsub("[%z\1-\9\11-\31\127]", "?"):gsub("\n", "\n  "))
end

local function describe(e)
  if type(e) == "number" then
    e = tostring(e)
  elseif type(e) ~= "string" then
    return { code = "E0225",
      message = "error with " .. util_err.kind(e) .. " instead of a message" }
  end
  local message = shown(e):gsub("^[/@][^\n]-:%d+: ", ""):gsub("^lua/[%w_/]+%.lua:%d+: ", "")
    :gsub("^provider:[^ ]*#", ""):gsub("a artifact value", "a file value")
  if message:find("is frozen: cannot set", 1, true) then
    return { code = "E0224", message = message,
      hint = "what another file made cannot be changed; copy it: { table.unpack(list) }" }
  end
  return { code = "E0225", message = message, hint = hint_for(message) }
end

-- "... (field 'x')": x is worth a caret.
local function named(message)
  local kind, name = message:match("%((%l+) '([^']*)'%)")
  return name and { name = name, dotted = kind == "field" or kind == "method" or nil }
end

-- error(message, 2) means the caller: Lua has put that place before the message.
local function meant(e, frames)
  local file, line = tostring(e):match("^([/@][^\n]-):(%d+): ")
  for i, frame in ipairs(frames) do
    if frame.file == file and frame.line == tonumber(line) then
      return table.move(frames, i, #frames, 1, {})
    end
  end
  return frames
end

--- Message handler: strings become error tables with a place, everything else passes.
---@param e any
---@return any
function M.handler(e)
  if util_err.is(e) then
    return e
  end
  local t = type(e)
  if t == "userdata" or t == "thread" or t == "function" then
    return e
  end
  local found = describe(e)
  return place.fill(found, meant(e, place.frames(2)), named(found.message))
end

local function bounded(...)
  budget.stop()
  return ...
end

--- Calls f(...) within bounds; shipped code needs none, and counting is not free.
--- Returns ok and the results, or false and an error table.
---@param c Context
---@param f function
---@return boolean ok
---@return any ...
function M.call(c, f, ...)
  context.active = c
  if c.label:sub(1, 6) == "@sky//" or c.kind == "package" and budget.is_straight(c.text) then
    return xpcall(f, M.handler, ...)
  end
  budget.start(c)
  return bounded(xpcall(f, M.handler, ...))
end

-- What the compiler says (or how the line looks) -> what was probably meant.
local SYNTAX = {
  { "near '#'", "comments begin with --" },
  { "near '!'", "'is not' is written ~=, and 'not' is a word" },
  { "near '%['", 'lists are written { "a", "b" }' },
  { "'%)' expected .* near '='", 'a target is declared with braces: cc_library { name = "..." }' },
  { "near '[+*/-]' *$", "write x = x + 1" },
  { "near <eof>", "a bracket or a block further up is not closed" },
  { "unfinished string", "a quote is missing at the end of the line" },
  { "'}' expected", "is a comma missing before it, or a '}' further up?" },
}

local function syntax_hint(message, source)
  if source and source:find("^%s*[%a_][%w_]*%s*:%s*[\"'{%[]") then
    return 'fields are set with =, and lists are in braces: srcs = { "a.c" }'
  end
  for _, pair in ipairs(SYNTAX) do
    if message:find(pair[1]) then
      return pair[2]
    end
  end
end

-- Underlines what the compiler stumbled over.
local function underline(e, near)
  local at = near and e.source and e.source:find(near, 1, true)
  if at then
    e.column, e.length = at, math.min(#near, #e.source - at + 1)
  end
end

--- The error table for text that is no Lua; `message` is what the compiler said.
---@param label string
---@param text string
---@param message string
---@return Err
function M.syntax_error(label, text, message)
  local line, what = message:match(":(%d+): (.*)$")
  local e = { code = "E0204", message = "syntax error: " .. (what or message),
    file = place.file(label) }
  if line then
    place.point(e, text, tonumber(line))
    underline(e, what:match("near '(.*)'$"))
    e.hint = syntax_hint(what, e.source)
  end
  if message:find("attempt to load a binary chunk", 1, true) then
    e.message = "this is compiled Lua; files of a workspace are text"
  elseif message:find("C stack overflow", 1, true) then
    e.message = "syntax error: brackets or blocks in more than 200 levels"
  end
  return e
end

return M
