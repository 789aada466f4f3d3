--- Words for /bin/sh.
local M = {}

--- `word` so that the shell reads it as one word.
---@param word string
---@return string
function M.quote(word)
  if word:find("^[%w_%-%+%./=:,@%%]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The words, quoted, with blanks between.
---@param words string[]
---@return string
function M.join(words)
  local out = {}
  for i = 1, #words do
    out[i] = M.quote(words[i])
  end
  return table.concat(out, " ")
end

return M
