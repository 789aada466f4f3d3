--- Shell commands that need no shell: plain words, run as they stand. A shell costs a third of
-- a small action.
local M = {}

--- The first word of a command that only a shell understands.
local SHELLS_OWN = {}
for word in ([[ ! . : [ alias bg bind break builtin case cd command continue declare do done echo
  elif else esac eval exec exit export false fc fg fi for function getopts hash help if in jobs
  kill let local logout printf pwd read readonly return select set shift source test then time
  times trap true type typeset ulimit umask unalias unset until wait while ]]):gmatch "%S+" do
  SHELLS_OWN[word] = true
end

--- The words of a command that a shell would run unchanged, or nil.
---@param cmd string
---@return string[]?
function M.words(cmd)
  if not cmd:find "^[%w_%-%+%./=:,@%% ]+$" then return nil end
  local words = {}
  for word in cmd:gmatch "[^ ]+" do words[#words + 1] = word end
  local program = words[1]
  if not program or SHELLS_OWN[program] or program:find("=", 1, true) then return nil end
  return words
end

return M
