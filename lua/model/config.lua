--- Configurations as ids: text that says all settings, so that nothing else must be looked up.
---
--- A *whole* configuration is what a command line says: "" has every setting at its default,
--- "colour=red+mode=debug" has two that differ. A *part* of one begins with "~" and lists the
--- settings that are known: "~mode" knows that the mode is the default one, and nothing more. A
--- target is analysed under the part that it reads (nodes/configured_target.lua), so that two
--- whole configurations share all that does not tell them apart.
---
--- "~mode@2" is stage 2 of an analysis under "~mode": what a rule had declared when it read, for
--- the second time, a file that it makes itself (nodes/analysis.lua).
---
--- Settings: "mode", "exec" (true for what runs while building) and the options of WORKSPACE.lua.
local core = require "core"
local sorted = require "util.sorted"

local M = {}

--- The whole configuration of tools: that of the machine that builds.
M.EXEC = "exec=true"

--- In a list of settings that a target reads: all of them.
M.ALL = "*"

local LONGEST_DIR = 60

---@class ConfigParts
---@field whole boolean
---@field known table<string, string|false>  name -> value; false: the default

--- The id without a stage, and the stage.
---@param id string
---@return string base
---@return integer? stage
function M.split(id)
  local base, stage = id:match("^(.*)@(%d+)$")
  if base then
    return base, tonumber(stage)
  end
  return id
end

--- "~mode@2" from "~mode" and 2.
---@param base string
---@param stage integer
---@return string
function M.staged(base, stage)
  return base .. "@" .. stage
end

local function escape(value)
  return (value:gsub("[^%w_.%-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function text_of(known)
  local words = {}
  for name, value in sorted.pairs(known) do
    words[#words + 1] = value and name .. "=" .. escape(value) or name
  end
  return table.concat(words, "+")
end

--- The whole configuration with these settings; those at their default are left out by the caller.
---@param settings table<string, string>
---@return string id
function M.whole(settings)
  return text_of(settings)
end

local parsed = {}   -- id -> parts; a build has few ids

--- What an id without a stage says.
---@param id string
---@return ConfigParts
function M.parse(id)
  local parts = parsed[id]
  if not parts then
    parts = { whole = id:sub(1, 1) ~= "~", known = {} }
    for word in id:gmatch("[^~+]+") do
      local name, value = word:match("^([^=]*)=(.*)$")
      parts.known[name or word] = value and unescape(value) or false
    end
    parsed[id] = parts
  end
  return parts
end

--- The part of `id` that knows just `names`; nil and the names that `id` itself does not know.
---@param id string
---@param names table<string, true>
---@return string? part
---@return string[]? unknown
function M.restrict(id, names)
  local parts = M.parse(id)
  if names[M.ALL] then
    return parts.whole and id or nil, { M.ALL }
  end
  local known, unknown = {}, {}
  for name in sorted.pairs(names) do
    local value = parts.known[name]
    if value == nil and not parts.whole then
      unknown[#unknown + 1] = name
    end
    known[name] = value or false
  end
  if #unknown > 0 then
    return nil, unknown
  end
  return "~" .. text_of(known)
end

-- "debug", "debug-colour=red", "fastbuild-colour=red": what differs from the default.
local function dir_name(id)
  local known = M.parse(id).known
  local words = {}
  for name, value in sorted.pairs(known) do
    if value and name ~= "mode" and name ~= "exec" then
      words[#words + 1] = name .. "=" .. escape(value)
    end
  end
  local head = known.exec and "exec" or known.mode
  if #words == 0 then
    return head or ""
  end
  local text = table.concat(words, "+")
  if #text > LONGEST_DIR or text:find("%", 1, true) then
    text = core.digest(text):sub(1, 12)
  end
  return (head or "fastbuild") .. "-" .. text
end

--- The directory of outputs.
---@param id string
---@return string
function M.bin_dir(id)
  local name = dir_name((M.split(id)))
  return name == "" and "sky-out/bin" or "sky-out/bin-" .. name
end

return M
