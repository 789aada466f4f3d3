--- How many commands ran at once: each writes when it began and ended, and nothing is
--- measured but who overlapped whom.
local M = {}

--- A shell command that does nothing for a moment and prints its span.
---@param seconds? string
---@return string
function M.command(seconds)
  return ("b=$(date +%%s%%N); sleep %s; echo span $b $(date +%%s%%N)"):format(seconds or "0.025")
end

---@class Span
---@field from integer  ns
---@field to integer

--- All spans in a text.
---@param text string
---@param into? Span[]
---@return Span[]
function M.spans(text, into)
  into = into or {}
  for from, to in text:gmatch "span (%d+) (%d+)" do
    into[#into + 1] = { from = math.tointeger(from), to = math.tointeger(to) }
  end
  return into
end

--- The most that were under way at one moment.
---@param spans Span[]
---@return integer
function M.most(spans)
  local moments = {}
  for _, span in ipairs(spans) do
    moments[#moments + 1] = { at = span.from, change = 1 }
    moments[#moments + 1] = { at = span.to, change = -1 }
  end
  table.sort(moments, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.change < b.change
  end)
  local now, most = 0, 0
  for _, moment in ipairs(moments) do
    now = now + moment.change
    most = math.max(most, now)
  end
  return most
end

return M
