--- Libraries outside of an evaluation, for help and for editors: run as the files are right now,
--- recorded by nobody. The current directory is the workspace.
local core = require "core"
local label = require "model.label"
local module = require "load.module"
local path = require "util.path"
local rule = require "model.rule"
local sorted = require "util.sorted"
local workspace = require "load.workspace"

local M = {}

local SHIPPED = "@sky//"

---@param file string
---@return string?
local function read(file)
  local f = io.open(file, "rb")
  local text = f and f:read("a")
  if f then f:close() end
  return text
end

-- name of a repository -> its directory
local function repositories()
  local text = read "WORKSPACE.lua"
  return text and workspace.compute(nil, text).repos or {}
end

local function path_of(repos, name)
  local repo, rest = name:match("^@([^/]*)//(.*)$")
  if not repo then return name:sub(3) end
  if not repos[repo] then
    error({ code = "E0241", message = ("there is no repository '@%s' in WORKSPACE.lua"):format(
      repo) }, 0)
  end
  return path.join(repos[repo], rest)
end

-- What the value of the library's MODULE node would say.
local function value_of(repos, name)
  local file, text
  if name:sub(1, #SHIPPED) == SHIPPED then
    file = "rules/" .. name:sub(#SHIPPED + 1)
    text = core.builtin(file)
  else
    file = path_of(repos, name)
    text = read(file)
  end
  if not text then
    error({ code = "E0222", message = ("there is no library '%s'"):format(name) }, 0)
  end
  local digest = core.digest(text)
  return { digest = digest, text = digest, path = file }
end

--- Runs a library and all that it loads; raises what is wrong with them.
---@param name string  label of a Lua file
---@return Live
function M.load(name)
  local repos
  local closure = setmetatable({}, { __index = function(self, wanted)
    repos = repos or repositories()
    local value = value_of(repos, wanted)
    rawset(self, wanted, value)
    return value
  end })
  local value = closure[name]
  return module.live(name, { digest = value.digest, text = value.text, path = value.path,
    closure = closure })
end

---@class Offered  what a library has for others
---@field module string
---@field rules { name: string, def: RuleDef }[]
---@field others string[]  names of its other exports

--- What a library offers: the rules that it returns, or that a BUILD.lua defines.
---@param name string
---@return Offered
function M.offered(name)
  local live = M.load(name)
  local out = { module = name, rules = {}, others = {} }
  local exports = type(live.exports) == "table" and core.raw(live.exports) or {}
  for key, value in sorted.pairs(exports) do
    local def = rule.def(value)
    if def then
      out.rules[#out.rules + 1] = { name = key, def = def }
    elseif type(key) == "string" then
      out.others[#out.others + 1] = key
    end
  end
  if name:find("/BUILD%.lua$") then
    for key, def in sorted.pairs(live.rules) do
      out.rules[#out.rules + 1] = { name = key, def = def }
    end
  end
  return out
end

--- The libraries that come with skylua and have rules.
---@return Offered[]
function M.shipped()
  local out = {}
  for _, file in ipairs(core.builtins()) do
    local base = file:match("^rules/(.*)$")
    local offered = base and base ~= "prelude.lua" and M.offered(SHIPPED .. base)
    if offered and #offered.rules > 0 then out[#out + 1] = offered end
  end
  return out
end

--- Is this rule in every BUILD.lua without a load?
---@param name string
---@return boolean
function M.in_prelude(name)
  return rawget(core.raw(M.load(module.PRELUDE).exports), name) ~= nil
end

--- The canonical label of a library as a user writes it.
---@param text string
---@param pkg string  package that ":file.lua" belongs to
---@return string? label
---@return string? why
function M.label(text, pkg)
  return label.module(text, pkg)
end

return M
