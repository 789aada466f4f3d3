--- A rule as text for people: what it does, its attributes, what it gives.
local attr_check = require "model.attr_check"
local core = require "core"
local list = require "util.list"
local provider = require "model.provider"
local sorted = require "util.sorted"

local M = {}

local WIDTH = 96

---@param v any
---@return string
local function literal(v)
  if type(v) == "string" then return ('"%s"'):format(v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for k, x in core.pairs(v) do
    parts[#parts + 1] = (type(k) == "string" and k .. " = " or "") .. literal(x)
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

---@param values any[]
---@return string
local function one_of(values)
  local words = {}
  for i, v in ipairs(values) do words[i] = literal(v) end
  return table.concat(words, " | ")
end

---@param alternatives string[][]
---@return string?
local function provided(alternatives)
  local words = {}
  for i, ids in ipairs(alternatives) do
    local names = {}
    for j, id in ipairs(ids) do names[j] = provider.short(id) end
    words[i] = table.concat(names, " and ")
  end
  return words[1] and "targets with " .. table.concat(words, ", or ")
end

--- All there is to say of an attribute, in parts.
---@param a AttrDef
---@return string
local function details(a)
  local parts = { a.doc }
  if a.values then parts[#parts + 1] = one_of(a.values) end
  if type(a.allow_files) == "table" then
    parts[#parts + 1] = (a.single and "a file with " or "files with ")
      .. table.concat(a.allow_files, " ")
  elseif a.single then
    parts[#parts + 1] = "one file"
  end
  parts[#parts + 1] = a.providers and provided(a.providers) or nil
  if a.default ~= nil and a.default ~= false then
    parts[#parts + 1] = "default " .. literal(a.default)
  end
  return table.concat(parts, "; ")
end

--- Breaks `text` into lines of the column that begins at `indent`.
---@param text string
---@param indent integer
---@return string
local function wrapped(text, indent)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > WIDTH - indent then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. (" "):rep(indent))
end

---@param def RuleDef
---@return string[][]  name, kind, details; those that must be given first
local function rows(def)
  local must, may = { { "name *", "a string", "what labels call the target" } }, {}
  for name, a in sorted.pairs(def.settable) do
    local into = a.mandatory and must or may
    into[#into + 1] = { a.mandatory and name .. " *" or name, attr_check.wants(a.kind), details(a) }
  end
  may[#may + 1] = { "visibility", "a list of strings",
    'who may use it: "//visibility:public", "//app", "//app/..."; else its own package' }
  return list.append(must, may)
end

---@param def RuleDef
---@return string
local function table_of(def)
  local left, middle, all = 0, 0, rows(def)
  for _, row in ipairs(all) do
    left, middle = math.max(left, #row[1]), math.max(middle, #row[2])
  end
  local lines = {}
  for i, row in ipairs(all) do
    local head = ("  %-" .. left .. "s  %-" .. middle .. "s  "):format(row[1], row[2])
    lines[i] = (head .. wrapped(row[3], #head)):gsub("%s+$", "") .. "\n"
  end
  return "Attributes (* must be given):\n" .. table.concat(lines)
end

--- How a BUILD.lua comes by the rule.
---@param name string
---@param module? string  the library to load; nil: it is there without a load
---@return string
local function use(name, module)
  local call = name .. ' { name = "...", ... }'
  if not module then return "  " .. call .. "\n" end
  local variable = module:match("([%a_][%w_]*)%.lua$") or "lib"
  if module:find("/BUILD%.lua$") then
    return ("  local %s = rule { ... }      -- in %s\n  %s\n"):format(name, module, call)
  end
  return ('  local %s = load "%s"\n  %s.%s\n'):format(variable, module, variable, call)
end

---@param name string
---@param def RuleDef
---@param module? string  the library to load; nil: it is there without a load
---@return string
function M.render(name, def, module)
  local out = { ("%s: %s\n"):format(name, def.doc or "a rule without a doc"), use(name, module),
    table_of(def) }
  local notes = {}
  if def.test then
    notes[1] = "`skylua test` runs its targets."
  elseif def.executable then
    notes[1] = "`skylua run` runs its targets."
  end
  if #def.provides > 0 then
    local names = {}
    for i, id in ipairs(def.provides) do names[i] = provider.short(id) end
    notes[#notes + 1] = "It provides " .. table.concat(names, ", ") .. "."
  end
  notes[#notes + 1] = "It is defined in " .. def.module .. "."
  out[#out + 1] = table.concat(notes, "\n") .. "\n"
  return table.concat(out, "\n")
end

--- One line for a list of rules.
---@param name string
---@param def RuleDef
---@return string
function M.line(name, def)
  return ("  %-18s %s\n"):format(name, wrapped(def.doc or "", 21))
end

return M
