--- Who may use a target: a list of "//visibility:public", "//pkg" and "//pkg/...".
local util_err = require "util.err"

local M = {}

M.PUBLIC = "//visibility:public"
M.PRIVATE = "//visibility:private"

local ENDINGS = { __pkg__ = "", __subpackages__ = "/..." }

local function entry(text)
  if text == M.PUBLIC or text == M.PRIVATE then
    return text
  end
  local head, ending = text:match("^(.*):(__%a+__)$")
  if head and ENDINGS[ending] then
    text = (head == "//" and ending == "__subpackages__") and "//..." or head .. ENDINGS[ending]
  end
  if text:find("^@?[^/]*//[^:]*$") then
    return text
  end
  return nil, { code = "E0209", element = true, text = text, given = ("'%s'"):format(text),
    wants = "a list of packages",
    hint = ('write "%s", "//pkg/..." or "//pkg"'):format(M.PUBLIC) }
end

--- The list in canonical form, or nil and a problem (attr_check.lua).
---@param v any
---@return string[]?
---@return table? problem
function M.check(v)
  if type(v) ~= "table" then
    return nil, { code = "E0209", wants = "a list of packages", text = v,
      given = util_err.kind(v),
      hint = type(v) == "string" and ("write { %q }: a list, even of one"):format(v) or nil }
  end
  local out = {}
  for i = 1, #v do
    local x = v[i]
    if x == nil then
      return nil, { code = "E0211", message = ("element %d is nil"):format(i), is_hole = true }
    elseif type(x) == "string" then
      local text, problem = entry(x)
      if problem then
        return nil, problem
      end
      out[#out + 1] = text
    elseif type(x) == "table" then
      local inner, problem = M.check(x)
      if problem then
        return nil, problem
      end
      table.move(inner, 1, #inner, #out + 1, out)
    elseif x ~= false then
      return nil, { code = "E0209", wants = "a list of packages", given = util_err.kind(x),
        element = true }
    end
  end
  return out
end

local function matches(text, pkg)
  if text == M.PUBLIC then
    return true
  end
  local full = pkg:byte() == 64 and pkg or "//" .. pkg
  if text == full then
    return true
  end
  local below = text:match("^(.*)%.%.%.$")
  if not below then
    return false
  end
  return full == below:sub(1, -2) or full:sub(1, #below) == below
end

--- May package `user` use something of package `owner` that has this visibility?
---@param list string[]
---@param owner string
---@param user string
---@return boolean
function M.allows(list, owner, user)
  if owner == user then
    return true
  end
  for i = 1, #list do
    if matches(list[i], user) then
      return true
    end
  end
  return false
end

return M
