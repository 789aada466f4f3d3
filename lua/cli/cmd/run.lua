--- `skylua run`: builds a program and becomes it.
local build = require "cli.cmd.build"
local core = require "core"
local outcome = require "cli.outcome"
local path_of = require "util.path"
local session_of = require "cli.session"

local M = {
  usage = "run target [-- args]",
  summary = "build a program and run it here, with the terminal",
  details = "What follows -- goes to the program. Its exit code is that of skylua run.\n",
  examples = { "skylua run //app:hello", "skylua run :hello -- --name World" },
  workspace = true,
}

--- The file to execute: what the rule says, else its only output.
---@param session Session
---@param label string
---@param outputs string[]
---@return string? path
---@return UsageError?
local function executable(session, label, outputs)
  local key = session:key("CONFIGURED_TARGET", label)
  -- Not session:evaluate: what is known already must not be counted again.
  local target = session.engine:evaluate({ key }):value(key)
  local info = target and target.providers and target.providers.DefaultInfo
  local file = info and info.executable
  if file then return file.path end
  if #outputs == 1 then return outputs[1] end
  return nil, {
    message = ("%s is not a program: it has %s"):format(label, outcome.count(#outputs, "output")),
    hint = "run wants a target such as cc_binary, sh_binary or lua_binary",
  }
end

---@param session Session
---@param words string[]
---@return string? program  absolute
---@return UsageError?
---@return integer? exit  when the build failed
local function program(session, words)
  local done, result = build.words(session, words)
  if not done then return nil, result end
  if #done.failures > 0 or session.signal then return nil, nil, build.conclude(session, done) end
  if #done.built ~= 1 then
    return nil, { message = ("run wants one target, and this is %d"):format(#done.built),
      hint = "the program's own arguments stand behind --" }
  end
  local label = done.built[1]
  local outputs = result:value(session:key("COMPLETION", label))
  local file, err = executable(session, label, outputs)
  return file and path_of.join(session.place.root, file), err
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  if #options.targets == 0 then
    return nil, { message = "run wants a target", hint = "skylua run //dir:name -- args" }
  end
  local session, err = session_of.open(options, place)
  if not session then return nil, err end
  local file
  local exit = session:guard(function()
    local why, failed
    if options.dry_run then return build.dry_run(session, options.targets) end
    file, why, failed = program(session, options.targets)
    if not file then return failed, why end
    return 0
  end)
  if exit ~= 0 or options.dry_run then return exit end
  io.stdout:flush()
  local argv = { file, table.unpack(options.rest) }
  local _, why = core.exec(argv, place.cwd)
  return nil, { exit = 1, message = ("cannot run %s: %s"):format(file, tostring(why)) }
end

return M
