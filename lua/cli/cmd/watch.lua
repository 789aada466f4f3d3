--- `skylua watch`: builds or tests, and again at every change.
local commands = require "cli.commands"
local core = require "core"
local watcher = require "cli.watcher"

local M = {
  usage = "watch build|test ...",
  summary = "build or test, and again at every change; Ctrl-C ends it",
  examples = { "skylua watch build //app:app", "skylua watch test //..." },
  workspace = true,
}

--- Options of one round: each command may change its own.
---@param options Options
---@param on_close fun(session: Session)
---@return Options
local function round_options(options, on_close)
  local copy = {}
  for _, name in ipairs { "targets", "rest" } do
    copy[name] = table.move(options[name], 1, #options[name], 1, {})
  end
  copy.command = table.remove(copy.targets, 1)
  copy.on_close = on_close
  return setmetatable(copy, { __index = options })
end

---@param options Options
---@param place Place
---@return integer? exit
---@return UsageError?
function M.run(options, place)
  local name = options.targets[1]
  if name ~= "build" and name ~= "test" then
    return nil, { message = name and ("watch cannot '%s'"):format(name)
      or "watch wants build or test", hint = "skylua watch build //dir:name" }
  end
  local command, watch = commands.find(name), watcher.new(place.root)
  while true do
    watch:begin()
    local failure
    local exit, err = command.run(round_options(options, function(session)
      -- when nothing was computed, nothing new was looked at
      if watch.count == 0 or session.stats.evaluated > 0 then
        failure = watch:follow(session.engine)
      end
    end), place)
    if exit and exit >= 128 or not exit then return exit, err end
    if failure then return nil, failure end
    if not options.quiet then
      io.stderr:write(("watching %d directories; Ctrl-C ends\n"):format(watch.count))
    end
    local signum = watch:wait(core.on_interrupt)
    if signum then
      watch:close()
      return 128 + signum
    end
  end
end

return M
