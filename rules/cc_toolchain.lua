--- Finds the C toolchain: CC, CXX and AR of the environment, else the usual names in the PATH.
--- Everything looked at becomes an input: another compiler, or another version of it at the same
--- place, compiles anew.

--- "ccache gcc -m32" -> the program's path and the other words.
local function split(ctx, text)
  local words = {}
  for word in text:gmatch("%S+") do
    words[#words + 1] = word
  end
  local program = words[1]
  if not program then
    return nil
  end
  if not program:find("/", 1, true) then
    program = ctx:which(program)
  elseif ctx:kind(program) ~= "file" then
    program = nil
  end
  table.remove(words, 1)
  return program, words
end

local function find(ctx, given, variable, names)
  local text = given or ctx:getenv(variable)
  if text and text:find("%S") then
    local program, words = split(ctx, text)
    if not program then
      ctx:fail(("%s is '%s', and there is no such program"):format(variable, text),
        { code = "E0243", hint = "correct it, or unset it to take what is in the PATH" })
    end
    return { program = ctx:system_file(program), args = words }
  end
  local program = ctx:which(names)
  return program and { program = ctx:system_file(program), args = {} }
end

local function flags(ctx, given, key)
  local v = given[key] or {}
  if type(v) ~= "table" then
    ctx:fail(("toolchain 'cc': '%s' wants a list"):format(key), { code = "E0240" })
  end
  return v
end

local KNOWN = { name = true, cc = true, cxx = true, ar = true, cflags = true, cxxflags = true,
  ldflags = true, run = true }

--- The command that runs programs of another machine: a string, or a list with its arguments.
local function runner(ctx, given)
  local words = given.run
  if words == nil then
    return nil
  elseif type(words) == "string" then
    words = { words }
  end
  local args = {}
  for i, word in ipairs(words) do
    args[i - 1] = i > 1 and word or nil
  end
  local program = words[1] and ctx:which(words[1])
  -- building needs none, so only a test complains
  return { program = program and ctx:system_file(program), args = args, name = words[1] }
end

local function check_given(ctx, given)
  for k in pairs(given) do
    if not KNOWN[k] then
      ctx:fail(("toolchain 'cc' in WORKSPACE.lua has no field '%s'"):format(k),
        { code = "E0240", hint = "its fields: cc, cxx, ar, cflags, cxxflags, ldflags, run, when" })
    end
  end
end

--- The C++ compiler; that of a C compiler that WORKSPACE.lua names is its sister, or none.
local function cxx_of(ctx, given)
  if given.cxx or not given.cc then
    return find(ctx, given.cxx, "CXX", { "c++", "g++", "clang++" })
  end
  local name = given.cc:match("^%S+")
  local sister = name and (name:gsub("gcc(%-?[%d.]*)$", "g++%1"):gsub("clang(%-?[%d.]*)$",
    "clang++%1"))
  local program = sister and sister ~= name and ctx:which(sister)
  return program and { program = ctx:system_file(program), args = {} } or nil
end

--- Argument: the table of toolchain { name = "cc", ... } in WORKSPACE.lua.
--- Value: {cc, ar, cxx, run = {program = artifact, args = words}, cflags, cxxflags, ldflags}.
local CC_TOOLCHAIN = node_function("CC_TOOLCHAIN", function(ctx, given)
  check_given(ctx, given)
  local cc = find(ctx, given.cc, "CC", { "cc", "gcc", "clang" })
  if not cc then
    ctx:fail("there is no C compiler: neither cc nor gcc nor clang is in the PATH",
      { code = "E0243", hint = "install one (Debian: apt install gcc), or set CC" })
  end
  local ar = find(ctx, given.ar, "AR", { "ar", "llvm-ar" })
  if not ar then
    ctx:fail("there is no 'ar' in the PATH",
      { code = "E0243", hint = "install binutils, or set AR" })
  end
  return {
    cc = cc,
    ar = ar,
    run = runner(ctx, given),
    cxx = cxx_of(ctx, given),
    cflags = flags(ctx, given, "cflags"),
    cxxflags = flags(ctx, given, "cxxflags"),
    ldflags = flags(ctx, given, "ldflags"),
  }
end)

return { CC_TOOLCHAIN = CC_TOOLCHAIN }
