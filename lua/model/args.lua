--- ctx:args(): a command line that is put together only when the command runs.
---
--- As data: tagged "args", a list of operations { "add", item... }, { "add_all", list or depset,
--- options }, { "param_file", format, options }. The C side expands it (nodes/action_args.c).
local core = require "core"
local place = require "util.place"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local M = {}

local OPTIONS = { prefix = "string", format = "string", join = "string", omit_if_empty = "boolean" }

local Args = { __name = "args", __metatable = false }
local methods = {}
local ops_of = setmetatable({}, { __mode = "k" })
local data_of = setmetatable({}, { __mode = "k" })   -- builder -> { number of operations, data }

Args.__index = function(_, k)
  local m = methods[k]
  if not m then
    place.raise({ code = "E0238", message = ("args have no method '%s'"):format(tostring(k)),
      hint = suggest.hint(tostring(k), sorted.keys(methods)) }, { name = tostring(k) })
  end
  return m
end
Args.__newindex = function()
  error("fields cannot be set on args", 2)
end

local function bad(message, hint)
  place.raise({ code = "E0228", message = "args: " .. message, hint = hint }, { name = "add" })
end

local function ops(self)
  local list = ops_of[self]
  if not list then
    bad("methods are called with a colon: args:add(...)")
  end
  return list
end

--- A word of a command line as data; nil when `x` cannot be one.
---@param x any
---@return any
function M.word(x)
  local t = type(x)
  if t == "string" or core.tag_of(x) == "artifact" then
    return x
  elseif math.type(x) == "integer" then
    return tostring(x)
  elseif core.tag_of(x) == "label" then
    return tostring(x)
  end
end

local function add_words(op, list, n)
  for i = 1, n do
    local x = list[i]
    local word = M.word(x)
    if word then
      op[#op + 1] = word
    elseif type(x) == "table" and not core.tag_of(x) and not core.is_depset(x)
      and not ops_of[x] then
      add_words(op, x, #x)
    elseif x == nil then
      bad(("argument %d is nil"):format(i))
    elseif x ~= false then
      bad(("argument %d is %s"):format(i, util_err.kind(x)),
        core.is_depset(x) and "a depset is added by add_all" or nil)
    end
  end
end

function methods.add(self, ...)
  local op = { "add" }
  add_words(op, { ... }, select("#", ...))
  local list = ops(self)
  list[#list + 1] = op
  return self
end

local function check_options(options)
  for k, v in core.pairs(options) do
    local want = OPTIONS[k]
    if not want then
      bad(("add_all has no option '%s'"):format(tostring(k)),
        suggest.hint(tostring(k), sorted.keys(OPTIONS)))
    elseif type(v) ~= want then
      bad(("option '%s' of add_all wants a %s"):format(k, want))
    end
  end
end

local function plain_options(options)
  local out = {}
  for k, v in core.pairs(options) do
    out[k] = v
  end
  return out
end

function methods.add_all(self, items, options)
  options = options or {}
  check_options(options)
  if not core.is_depset(items) then
    if type(items) ~= "table" or core.tag_of(items) then
      bad("add_all wants a list or a depset, not " .. util_err.kind(items))
    end
    local words = {}
    add_words(words, items, #items)
    items = words
  end
  local list = ops(self)
  list[#list + 1] = { "add_all", items, plain_options(options) }
  return self
end

-- When the words are long (or { always = true }), they go into a file, and the format with its
-- path stands for them.
function methods.param_file(self, format, options)
  format, options = format or "@%s", options or {}
  if type(format) ~= "string" or not format:find("%s", 1, true) then
    bad("param_file wants a format with %s in it, such as \"@%s\"")
  elseif type(options) ~= "table" then
    bad("param_file wants a table of options, not " .. util_err.kind(options))
  end
  for k, v in core.pairs(options) do
    if k ~= "always" or type(v) ~= "boolean" then
      bad("param_file has one option: always = true or false")
    end
  end
  local list = ops(self)
  list[#list + 1] = { "param_file", format, options.always and { always = true } or nil }
  return self
end

--- A new, empty builder.
---@return any
function M.new()
  local self = setmetatable({}, Args)
  ops_of[self] = {}
  return self
end

---@param x any
---@return boolean
function M.is(x)
  return ops_of[x] ~= nil
end

--- The builder's operations so far, as data.
---@param self any
---@return any tagged
function M.data(self)
  local list, made = ops_of[self], data_of[self]
  -- operations are only ever added, so their number tells whether the data is still right
  if not made or made[1] ~= #list then
    made = { #list, core.make("args", table.move(list, 1, #list, 1, {})) }
    data_of[self] = made
  end
  return made[2]
end

return M
