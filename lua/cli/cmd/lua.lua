--- `skylua lua FILE [ARGS]`: a trusted script with full Lua, luv and the engine.
local outcome = require "cli.outcome"

local M = {
  usage = "lua FILE [ARGS]",
  summary = "run a trusted script with the engine API",
  details = "The script has all of Lua, `require \"luv\"` on the engine's own loop, and "
    .. "`require \"skylua\"`. Everything behind FILE is the script's own.",
  examples = { "skylua lua report.lua //app:app" },
}

--- Runs the script with `arg` set as the standalone interpreter does.
---@param argv string[]  argv[1] is "lua"
---@return integer exit
function M.script(argv)
  local file = argv[2]
  if not file or file == "--help" or file == "-h" then
    io.stderr:write("usage: skylua lua FILE [ARGS]\n")
    return file and 0 or outcome.WRONG_USE
  end
  local chunk, why = loadfile(file, "t")
  if not chunk then
    io.stderr:write("skylua: ", why, "\n")
    return why:find("^cannot open") and outcome.WRONG_USE or 1
  end
  _G.arg = table.move(argv, 2, #argv, 0, {})
  local ok, result = xpcall(chunk, function(e)
    if type(e) == "table" and e.message then return e.message end
    return debug.traceback(tostring(e), 2)
  end, table.unpack(argv, 3))
  if ok then return math.tointeger(result) or 0 end
  io.stderr:write("skylua: ", tostring(result), "\n")
  return 1
end

---@param options Options
---@return integer exit
function M.run(options)
  return M.script { "lua", table.unpack(options.targets) }
end

return M
