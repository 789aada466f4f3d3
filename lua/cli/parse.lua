--- argv to options: flags anywhere, one command, its targets, and after "--" the rest.
local flags = require "cli.flags"
local suggest = require "util.suggest"

local M = {}

---@class Options
---@field command? string
---@field targets string[]
---@field rest string[]      what stood after "--"
---@field jobs? integer
---@field keep_going? boolean|integer  how many may fail
---@field check_determinism? boolean
---@field runs? integer
---@field directory string[]
---@field mode? string
---@field config string[]
---@field define string[]
---@field verbose? boolean
---@field quiet? boolean
---@field show_commands? boolean
---@field json? string|boolean  true: standard output
---@field color string
---@field progress string
---@field evaluators? integer
---@field dry_run? boolean
---@field profile? string
---@field output? string
---@field since? string
---@field tests? boolean
---@field svg? boolean
---@field on_close? fun(session: Session)  of watch: called before the engine is closed
---@field trace? boolean
---@field help? boolean
---@field version? boolean

---@class UsageError
---@field message string
---@field hint? string
---@field exit? integer  2 when absent

---@param flag Flag
---@return string
local function field(flag)
  return (flag.name:gsub("-", "_"))
end

---@return Options
local function defaults()
  local options = { targets = {}, rest = {} }
  for _, flag in ipairs(flags.list) do
    if flag.many then
      options[field(flag)] = {}
    else
      options[field(flag)] = flag.default
    end
  end
  return options
end

---@param message string
---@param word string
---@param candidates string[]
---@return UsageError
local function unknown(message, word, candidates)
  return { message = message, hint = suggest.hint(word, candidates) }
end

---@param flag Flag
---@param text string
---@return any value
---@return UsageError?
local function read_value(flag, text)
  if flag.number then
    local n = text:match("^%d+$") and math.tointeger(text)
    if n and n >= flag.number then return n end
    return nil, { message = ("--%s wants a number, not '%s'"):format(flag.name, text) }
  end
  if flag.values then
    for _, value in ipairs(flag.values) do
      if value == text then return text end
    end
    local err = unknown(("--%s cannot be '%s'"):format(flag.name, text), text, flag.values)
    err.hint = err.hint or "one of: " .. table.concat(flag.values, ", ")
    return nil, err
  end
  return text
end

---@param options Options
---@param flag Flag
---@param text? string
---@return UsageError?
local function store(options, flag, text)
  if not flag.arg then
    if text then return { message = ("--%s takes no value"):format(flag.name) } end
    options[field(flag)] = true
    return
  end
  local value, err = true, nil
  if text then value, err = read_value(flag, text) end
  if err then return err end
  if flag.many then
    table.insert(options[field(flag)], value)
  else
    options[field(flag)] = value
  end
end

--- Reads flags off `argv`; `at` is the word to look at next.
---@class Parser
---@field argv string[]
---@field at integer
---@field options Options
local Parser = {}
Parser.__index = Parser

---@param flag Flag
---@param text? string  the value when it was joined to the flag
---@return UsageError?
function Parser:take(flag, text)
  if flag.arg and not flag.optional and not text then
    text = self.argv[self.at]
    if not text then
      local synopsis = flags.synopsis(flag):match("%S.*")
      return { message = ("--%s wants a value: %s"):format(flag.name, synopsis) }
    end
    self.at = self.at + 1
  end
  return store(self.options, flag, text)
end

---@param word string
---@return UsageError?
function Parser:long(word)
  local name, text = word:match("^%-%-([^=]*)=(.*)$")
  name = name or word:sub(3)
  local flag = flags.by_name(name)
  if not flag then
    return unknown(("unknown flag '--%s'"):format(name), "--" .. name, flags.spellings())
  end
  return self:take(flag, text)
end

--- "-k", "-ks", "-k3", "-j4", "-j", "4".
---@param word string
---@return UsageError?
function Parser:short(word)
  local at = 2
  while at <= #word do
    local flag = flags.by_short(word:sub(at, at))
    if not flag then
      return unknown(("unknown flag '%s'"):format(at == 2 and word or "-" .. word:sub(at, at)),
        "-" .. word, flags.spellings())
    end
    local joined = flag.arg and at < #word and word:sub(at + 1):gsub("^=", "") or nil
    if joined and flag.optional and not joined:find "^%d" then joined = nil end
    local err = self:take(flag, joined)
    if err or joined then return err end
    at = at + 1
  end
end

---@param word string
function Parser:word(word)
  if self.options.command then
    table.insert(self.options.targets, word)
  else
    self.options.command = word
  end
end

--- A word such as -//pkg/... or -:name takes targets away; it is no flag.
---@param word string
---@return boolean
local function is_pattern(word)
  return word:sub(1, 1) ~= "-" or word == "-" or word:find("^%-//") ~= nil
    or word:find("^%-:") ~= nil or word:find("^%-@") ~= nil
end

---@param argv string[]
---@return Options  as far as it was read, when there is an error
---@return UsageError?
function M.parse(argv)
  local p = setmetatable({ argv = argv, at = 1, options = defaults() }, Parser)
  while p.at <= #argv do
    local word = argv[p.at]
    p.at = p.at + 1
    if word == "--" then
      table.move(argv, p.at, #argv, 1, p.options.rest)
      break
    end
    local err
    if is_pattern(word) then
      p:word(word)
    elseif word:sub(1, 2) == "--" then
      err = p:long(word)
    else
      err = p:short(word)
    end
    if err then return p.options, err end
  end
  return p.options
end

return M
