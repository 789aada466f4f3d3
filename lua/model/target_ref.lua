--- What a target call returns: usable in deps of the same file, and printed as its label.
local core = require "core"
local label = require "model.label"

local M = {}

local Ref = { __metatable = false, __name = "target" }

local fields = {
  name = function(r) return r[2] end,
  package = function(r) return r[1] end,
  label = function(r) return label.object(label.text(r[1], r[2])) end,
}

Ref.__index = function(r, k)
  local f = fields[k]
  if f then
    return f(r)
  end
  if k == 1 or k == 2 then
    return rawget(r, k)
  end
  error(("a target in a BUILD.lua has no field '%s'; it has name, package and label"):format(
    tostring(k)), 2)
end
Ref.__newindex = function()
  error("a target cannot be changed after it is declared", 2)
end
Ref.__tostring = function(r)
  return label.text(rawget(r, 1), rawget(r, 2))
end

---@param pkg string
---@param name string
---@return any
function M.new(pkg, name)
  return setmetatable({ pkg, name }, Ref)
end

--- The label text of a reference or label object; nil for anything else.
---@param x any
---@return string?
function M.text(x)
  if debug.getmetatable(x) == Ref then
    return label.text(rawget(x, 1), rawget(x, 2))
  end
  if core.tag_of(x) == "label" then
    return tostring(x)
  end
end

return M
