--- Turns lua/, rules/ and the libraries they use into one C file.
-- Run by make with Debian's lua5.4: `lua5.4 src/embed.lua build/gen/embed.c`.
-- Modules become bytecode (a broken one stops the build here, with its line);
-- rules stay text. Nothing is written when nothing changed.

local LIBRARIES = { "dkjson" }

---@param why string
local function die(why)
  io.stderr:write("embed: ", why, "\n")
  os.exit(1)
end

---@param path string
---@return string
local function read(path)
  local f, why = io.open(path, "rb")
  if not f then die(why) end
  local text = f:read("a")
  f:close()
  return text
end

---@param dir string
---@return string[] paths
local function lua_files(dir)
  local list = {}
  local pipe = assert(io.popen("find " .. dir .. " -name '*.lua' -type f"))
  for path in pipe:lines() do list[#list + 1] = path end
  pipe:close()
  return list
end

---@param name string  what it is called in the binary and in tracebacks
---@param path string
---@return table entry
local function compiled(name, path)
  local chunk, why = load(read(path), "@" .. name, "t")
  if not chunk then die(why) end
  return { name = name, data = string.dump(chunk), bytecode = true }
end

---@return table[] entries  sorted by name
local function collect()
  local entries = {}
  for _, path in ipairs(lua_files("lua")) do
    -- *.d.lua describe types to editors and are never loaded.
    if not path:find("%.d%.lua$") then entries[#entries + 1] = compiled(path, path) end
  end
  for _, path in ipairs(lua_files("rules")) do
    entries[#entries + 1] = { name = path, data = read(path), bytecode = false }
  end
  for _, name in ipairs(LIBRARIES) do
    local path, why = package.searchpath(name, package.path)
    if not path then die(why) end
    entries[#entries + 1] = compiled("lua/" .. name .. ".lua", path)
  end
  table.sort(entries, function(a, b) return a.name < b.name end)
  return entries
end

--- 32 hex digits over names and contents, and this file, which makes the form.
---@param entries table[]
---@param scratch string  a path that may be written
---@return string
local function digest(entries, scratch)
  local f = assert(io.open(scratch, "wb"))
  for _, e in ipairs(entries) do f:write(string.pack("<s8s8", e.name, e.data)) end
  f:write(read(arg[0]))
  f:close()
  local pipe = assert(io.popen("md5sum < '" .. scratch .. "'"))
  local hex = pipe:read("a"):match("^%x+")
  pipe:close()
  os.remove(scratch)
  if not hex or #hex ~= 32 then die("md5sum (coreutils) does not work") end
  return hex
end

---@param data string
---@return string  the bytes as C initialisers, 24 a line
local function bytes(data)
  local lines = {}
  for at = 1, #data, 24 do
    lines[#lines + 1] = table.concat({ data:byte(at, at + 23) }, ",")
  end
  return table.concat(lines, ",\n")
end

---@param entries table[]
---@param hex string
---@return string
local function source(entries, hex)
  local out = { "/* Made by src/embed.lua. */\n#include \"bind/embed.h\"\n\n" }
  local rows = {}
  for i, e in ipairs(entries) do
    out[#out + 1] = ("static const unsigned char file_%d[] = {\n%s\n};\n"):format(
      i, #e.data > 0 and bytes(e.data) or "0")
    rows[i] = ("\t{ \"%s\", file_%d, %d, %s },\n"):format(e.name, i, #e.data, e.bytecode)
  end
  out[#out + 1] = "\nconst struct embed_file embed_files[] = {\n" .. table.concat(rows) .. "};\n"
  out[#out + 1] = ("const size_t embed_count = %d;\n"):format(#entries)
  out[#out + 1] = ("const char embed_digest[] = \"%s\";\n"):format(hex)
  return table.concat(out)
end

local target = arg[1] or die("usage: lua5.4 src/embed.lua OUTPUT.c")
local entries = collect()
local hex = digest(entries, target .. ".tmp")
local line = ("const char embed_digest[] = \"%s\";\n"):format(hex)
local old = io.open(target, "rb")
if old then
  local text = old:read("a")
  old:close()
  if text:sub(-#line) == line then return end
end
local f = assert(io.open(target .. ".tmp", "wb"))
assert(f:write(source(entries, hex)))
assert(f:close())
assert(os.rename(target .. ".tmp", target))
