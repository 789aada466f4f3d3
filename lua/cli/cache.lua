--- Where the local cache is, and how large it may become.
local path_of = require "util.path"
local place_of = require "cli.place"
local uv = require "luv"

local M = {}

local DEFAULT_SIZE = "10G"
local UNITS = { K = 1 << 10, M = 1 << 20, G = 1 << 30, T = 1 << 40 }
local LARGEST = 1 << 50

--- "512M" as bytes.
---@param text string
---@return integer?  nil: that is no size
function M.bytes(text)
  local digits, unit = text:match "^(%d+)([KMGT]?)$"
  local number = digits and math.tointeger(digits)
  local factor = unit ~= "" and UNITS[unit] or 1
  if not number or number <= 0 or number > LARGEST // factor then return nil end
  return number * factor
end

---@param name string
---@return string?  the variable, when it is an absolute path
local function directory(name)
  local value = uv.os_getenv(name)
  return value and value:sub(1, 1) == "/" and value or nil
end

---@class Cache
---@field dir? string    absolute; nil: there is no cache
---@field size integer
---@field note? string   why there is none, when nobody wished that

--- --cache, else $XDG_CACHE_HOME/skylua, else ~/.cache/skylua; as large as SKYLUA_CACHE_SIZE
--- says.
---@param choice? string  of --cache
---@return Cache?
---@return UsageError?
function M.find(choice)
  local text = uv.os_getenv "SKYLUA_CACHE_SIZE" or DEFAULT_SIZE
  local size = M.bytes(text)
  if not size then
    return nil, { message = ("SKYLUA_CACHE_SIZE is not a size: '%s'"):format(text),
      hint = "a number and K, M, G or T, such as 10G; --cache=off for no cache" }
  end
  if choice == "off" then return { size = size } end
  if choice == "" then
    return nil, { message = "--cache wants a directory, or off" }
  end
  if choice then return { size = size, dir = path_of.join(uv.cwd(), choice) } end
  local xdg, home = directory "XDG_CACHE_HOME", directory "HOME"
  if xdg then return { size = size, dir = xdg .. "/skylua" } end
  -- A home that is not there (of a user who only builds) is not made.
  if home and place_of.kind(home) == "directory" then
    return { size = size, dir = home .. "/.cache/skylua" }
  end
  return { size = size, note = "there is no cache: XDG_CACHE_HOME is not set, and HOME is no "
    .. "directory (--cache=DIR names one)" }
end

return M
