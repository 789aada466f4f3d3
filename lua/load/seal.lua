--- A library is finished when its file has run. Its module-level tables are frozen, and its other
--- variables are remembered: code that changes one later would make a build depend on the order
--- of evaluation, so that is found and refused.
local core = require "core"
local place = require "util.place"
local rule = require "model.rule"
local sorted = require "util.sorted"

local M = {}

local getupvalue, setupvalue, upvalueid = debug.getupvalue, debug.setupvalue, debug.upvalueid

local visit

local function visit_upvalues(s, f)
  local i = 1
  while true do
    local name, value = getupvalue(f, i)
    if not name then
      return
    end
    local id = upvalueid(f, i)
    if name ~= "_ENV" and not s.seen[id] then
      s.seen[id] = true
      if type(value) == "table" and debug.getmetatable(value) == nil then
        visit(s, value)
        value = core.freeze(value, ("%s's '%s'"):format(s.label, name))
        setupvalue(f, i, value)
      else
        visit(s, value)
      end
      s.entries[#s.entries + 1] = { f, i, value, name }
    end
    i = i + 1
  end
end

function visit(s, v)
  local t = type(v)
  if t == "function" then
    if not s.seen[v] and not rule.def(v) then
      s.seen[v] = true
      if debug.getinfo(v, "S").source == s.source then
        visit_upvalues(s, v)
      end
    end
  elseif t == "table" and not s.seen[v] then
    s.seen[v] = true
    local raw = core.raw(v)
    if debug.getmetatable(raw) == nil or raw == s.exports then
      for _, x in sorted.pairs(raw) do
        visit(s, x)
      end
    end
  end
end

--- Freezes what the library `label` made.
---@param label string
---@param live Live
---@param rules RuleDef[]
---@return table seal
function M.new(label, live, rules)
  local s = { label = label, source = "=" .. label, seen = {}, entries = {},
    exports = live.exports }
  visit(s, live.exports)
  for _, def in ipairs(rules) do
    visit(s, def.impl)
  end
  for _, f in sorted.pairs(live.functions) do
    visit(s, f)
  end
  return { label = label, entries = s.entries }
end

--- Raises when a variable changed since; it gets its old value back.
---@param seal table
function M.check(seal)
  local changed
  for _, entry in ipairs(seal.entries) do
    local _, now = getupvalue(entry[1], entry[2])
    if not rawequal(now, entry[3]) then
      setupvalue(entry[1], entry[2], entry[3])
      changed = changed or entry[4]
    end
  end
  if changed then
    error({ code = "E0244", file = place.file(seal.label),
      message = ("%s changed its variable '%s' after it was loaded"):format(seal.label, changed),
      hint = "keep what changes inside of functions: targets are loaded in no particular order" },
      0)
  end
end

return M
