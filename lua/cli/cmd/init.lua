--- `skylua init`: the files of a new workspace, from those that are there.
local build_file = require "init.build_file"
local path = require "util.path"
local place_of = require "cli.place"
local uv = require "luv"

local M = {
  usage = "init",
  summary = "make this directory a workspace: BUILD.lua, editor types, .gitignore",
  details = [[
Writes WORKSPACE.lua, a BUILD.lua for the C, Lua, Python and shell sources that it sees here and
below, .gitignore, .luarc.json and types for editors in .skylua/meta. A file that is there is
never touched, except for the types, which are written anew. Directories with a BUILD.lua of
their own are left to it.
]],
  examples = { "skylua init && skylua build", "skylua -C other/project init" },
}

local LUARC = [[
{
  "runtime.version": "Lua 5.4",
  "workspace.library": [".skylua/meta"],
  "workspace.ignoreDir": ["sky-out", ".skylua"],
  "diagnostics.disable": ["lowercase-global"]
}
]]

local WORKSPACE = [[
-- Marks the root of the workspace; may be empty. It can have
--   repo.path { name = "rules_x", path = "../rules_x" }
--   option { name = "os", values = { "linux", "mac" }, default = "linux" }
--   toolchain { name = "cc", cc = "/usr/bin/clang" }
]]

---@param file string
---@return string?
local function read(file)
  local f = io.open(file, "rb")
  local text = f and f:read("a")
  if f then f:close() end
  return text
end

---@param file string
---@param text string
---@return UsageError?
local function write(file, text)
  local dir, made = path.dirname(file), ""
  for part in dir:gmatch("[^/]+") do
    made = path.join(made, part)
    uv.fs_mkdir(made, 493)
  end
  local f, why = io.open(file, "wb")
  local ok = f and f:write(text)
  if f then ok = f:close() and ok end
  if not ok then
    return { exit = 36, message = ("cannot write '%s': %s"):format(file, why or "disk full?") }
  end
end

---@param line string
local function say(line)
  io.stdout:write(line, "\n")
end

--- Writes a file that is not there; says what was done.
---@param file string
---@param text string|fun(): string, string?  and what to say of it
---@param kept? string  what to say when it is there
---@return UsageError?
local function offer(file, text, kept)
  if place_of.kind(file) then
    say(("kept   %s%s"):format(file, kept or ""))
    return nil
  end
  local note
  if type(text) == "function" then text, note = text() end
  local err = write(file, text)
  if err then return err end
  say(("wrote  %s%s"):format(file, note and note ~= "" and ": " .. note or ""))
end

---@param file string
---@param text string
---@param mark string
---@return UsageError?
local function renew(file, text, mark)
  local old = read(file)
  if old == text then
    say("kept   " .. file)
  elseif old and not old:find(mark, 1, true) then
    say("kept   " .. file .. ": it is not ours")
  else
    local err = write(file, text)
    if err then return err end
    say((old and "renewed " or "wrote  ") .. file)
  end
end

---@param name string
---@return string text
---@return string note
local function new_build_file(name)
  local text, made = build_file.text(name)
  if #made == 0 then return text, "no sources seen; it shows how to begin" end
  local shown = table.concat(made, ", ", 1, math.min(#made, 6))
  return text, shown .. (#made > 6 and (" and %d more"):format(#made - 6) or "")
end

--- Lua files that may be libraries of rules.
---@return string[]
local function libraries()
  local known, out = require("init.scan").files(), {}
  for _, file in ipairs(known.list) do
    if known[file].language == "lua" and known[file].text:find("rule%s*{") then
      out[#out + 1] = file
    end
  end
  return out
end

---@param cwd string
---@return UsageError?
local function write_all(cwd)
  local name = path.basename(cwd):gsub("[^%w_%-]", "_"):gsub("^[^%a_]+", "")
  local ignore = read ".gitignore"
  local err = offer("WORKSPACE.lua", WORKSPACE)
    or offer("BUILD.lua", function() return new_build_file(name ~= "" and name or "all") end)
    or offer(".gitignore", "/sky-out/\n", ignore and not ignore:find("sky-out", 1, true)
      and ": add a line /sky-out/ to it" or nil)
    or offer(".luarc.json", LUARC)
  if err then return err end
  local types = require "init.types"
  for _, file in ipairs(types.files(libraries())) do
    err = renew(file.path, file.text, types.MARK)
    if err then return err end
  end
end

---@param options Options
---@return integer? exit
---@return UsageError?
function M.run(options)
  if #options.targets > 0 then
    return nil, { message = "init takes no targets",
      hint = "go to the directory, or: skylua -C " .. options.targets[1] .. " init" }
  end
  local where, problem = place_of.find(options.directory)
  -- not to be in a workspace yet is what comes with advice
  if not where and not problem.hint then return nil, problem end
  local cwd = uv.cwd()
  if where and where.root ~= where.cwd then
    return nil, { message = ("this directory belongs to the workspace '%s'"):format(where.root),
      hint = "write a BUILD.lua here; for a workspace of its own, touch WORKSPACE.lua first" }
  end
  local err = write_all(cwd)
  if err then return nil, err end
  say "next:  skylua build, skylua test; skylua help targets"
  return 0
end

return M
