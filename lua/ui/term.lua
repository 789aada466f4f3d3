--- The terminal: is there one, how wide is it, and may text be coloured?
local uv = require "luv"

local M = {}

local CODES = {
  bold = "\27[1m", dim = "\27[2m", red = "\27[31m", green = "\27[32m", yellow = "\27[33m",
  blue = "\27[34m", cyan = "\27[36m",
}
local RESET = "\27[0m"

---@param name string
---@return boolean  set and not empty
local function set(name)
  local value = uv.os_getenv(name)
  return value ~= nil and value ~= ""
end

--- --color, then NO_COLOR, then CLICOLOR_FORCE and FORCE_COLOR, then a capable terminal.
---@param choice string  "auto", "always" or "never"
---@param tty boolean
---@return boolean
function M.wants_color(choice, tty)
  if choice == "always" then return true end
  if choice == "never" or set("NO_COLOR") then return false end
  if set("CLICOLOR_FORCE") or set("FORCE_COLOR") then return true end
  return tty and uv.os_getenv("TERM") ~= "dumb"
end

---@class Term
---@field fd integer
---@field tty boolean
---@field handle? table  libuv's, between open and close
---@field color boolean

---@param fd integer
---@param choice string  of --color
---@return Term
function M.new(fd, choice)
  local tty = uv.guess_handle(fd) == "tty"
  return { fd = fd, tty = tty, color = M.wants_color(choice, tty) }
end

--- A function that colours: paint("red", "text").
---@param color boolean
---@return fun(name: string, text: string): string
function M.painter(color)
  return function(name, text)
    return color and CODES[name] .. text .. RESET or text
  end
end

--- Makes `size` tell the truth, until `close`.
---@param term Term
function M.open(term)
  term.handle = term.tty and uv.new_tty(term.fd, false) or nil
end

---@param term Term
function M.close(term)
  if term.handle then term.handle:close() end
  term.handle = nil
end

--- Columns and rows as they are now; 80 and 24 when there is no way to know.
---@param term Term
---@return integer columns
---@return integer rows
function M.size(term)
  if not term.handle then return 80, 24 end
  local columns, rows = term.handle:get_winsize()
  if not columns or columns <= 0 then return 80, 24 end
  return columns, rows
end

return M
