--- `skylua help E0101`: what each error code means. The codes of BUILD.lua and of
-- rules stand in model/codes.lua, those of the core here (src/base/err.h).
local model_codes = require "model.codes"
local sorted = require "util.sorted"

local M = {}

---@class Code
---@field code string
---@field title string
---@field text string

local CORE = {
  E0101 = { "the system refused a file operation", [[
The message ends with the system's own words. Usual causes: the disk is full, a permission is
missing, too many files are open. What failed is tried again by the next build.]] },
  E0102 = { "a file or directory is missing", [[
Something that is needed is not there. Check the spelling and the directory; names are relative
to the package.]] },
  E0103 = { "a symlink leads in a circle", [[
Following the link comes back to itself, or grows without end. Remove or retarget one of the
links on the path that the message shows.]] },
  E0104 = { "a file changed while it was being used", [[
Another program wrote to the file during the build. Build again when it is quiet.]] },
  E0110 = { "a dependency cycle", [[
The targets or files shown need each other, so none can be first. Take one of the dependencies
away; often the part that both sides need belongs in a target of its own.]] },
  E0111 = { "a node function misbehaved", [[
A function of a rule library did what its contract forbids, such as returning no value. The
message names it.]] },
  E0112 = { "an unknown node function", [[
No library defines a node function of this name.]] },
  E0113 = { "an error in Lua code", [[
The code of a rule or library raised an error; the chain of calls shows where.]] },
  E0114 = { "interrupted", [[
The build was stopped; what was finished is kept, and the next build goes on from there.]] },
  E0115 = { "it would run", [[
In a dry run (--dry-run) nothing is run; what needs the result of an action that would run cannot
be told.]] },
  E0301 = { "a command failed", [[
The command ended with an exit code other than 0, or by a signal. Its output stands above the
message; --show-commands prints the command line.]] },
  E0302 = { "a declared output was not made", [[
The command ended well, but did not write a file that the rule declares as its output. Compare
the names in the rule with what the command writes.]] },
  E0303 = { "an output is not what was declared", [[
A directory stands where a file was declared, or the other way round.]] },
  E0304 = { "an input is not declared", [[
The command read a file that no rule in its dependencies declares; a build elsewhere would miss
it. Add the file to srcs or hdrs, or the target that has it to deps.]] },
  E0305 = { "the depfile is missing or cannot be read", [[
The rule says that the command writes a list of what it read, and this list is not there or not
in make's format.]] },
  E0306 = { "an input changed while its action ran", [[
The result may be a mixture and was thrown away. Build again when the file is quiet.]] },
  E0307 = { "a tool cannot be started", [[
The program of a command is not there, not executable, or its interpreter is missing. Look at
PATH and at the name in the rule.]] },
  E0308 = { "an input file does not exist", [[
A rule names a file that is neither in the tree nor the output of a target.]] },
  E0309 = { "not started, because too much has failed", [[
With --keep-going=N nothing new is started once N actions have failed. Put these right, or allow
more failures.]] },
  E0319 = { "a command does not make the same twice", [[
With --check-determinism every command that runs is run again, and its outputs are compared. Usual
causes: the time or a date in the output, a random number, the order of a directory or of a hash
table, absolute paths, threads. What the two runs made is kept in sky-out/twice/1 and
sky-out/twice/2.]] },
  E0310 = { "the sandbox is not available", [[
--sandbox=require was given, and this kernel cannot keep commands from files they do not declare.
It takes Linux 5.13 or newer with Landlock switched on (lsm=landlock,...), and a container that
allows its system calls; `skylua doctor` shows what is there. --sandbox=auto goes on without.]] },
  E0311 = { "a command wrote where it may not", [[
A command may write its declared outputs, beside them while it works, and below $TMPDIR. Declare
the file as an output, or write it into $TMPDIR. Inputs are never written.]] },
  E0312 = { "a command wanted the network", [[
Commands have no network, because what comes from there is no declared input. A rule that needs
it says network = true in ctx:run.]] },
}

---@param code string  "E0208"
---@return Code?
function M.find(code)
  local own = CORE[code]
  if own then return { code = code, title = own[1], text = own[2] } end
  local theirs = model_codes[code]
  return theirs and { code = code, title = theirs.title, text = theirs.text }
end

---@return string[]  all codes, sorted
function M.names()
  local names = sorted.keys(CORE)
  for _, code in ipairs(sorted.keys(model_codes)) do
    if code:find("^E%d+$") then names[#names + 1] = code end
  end
  table.sort(names)
  return names
end

---@param code Code
---@return string
function M.render(code)
  return ("%s: %s\n\n%s\n"):format(code.code, code.title, (code.text:gsub("\n+$", "")))
end

return M
