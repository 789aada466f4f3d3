-- generate.lua: a workspace of PACKAGES packages with TARGETS targets each, as people write them:
-- libraries with a few sources, headers and dependencies, some programs and tests, a macro.
local M = {}

local MACRO = [[
local function module(spec)
  cc_library { name = spec.name, srcs = { spec.name .. ".c" }, hdrs = { spec.name .. ".h" },
    deps = spec.deps }
end
return { module = module }
]]

local function target(p, t, packages)
  local name = ("t%d"):format(t)
  local near = t > 1 and ('":t%d"'):format(t - 1) or '"//p0:t0"'
  local far = ('"//p%d:t%d"'):format(p * 7 % packages, t)
  if t % 10 == 7 then
    return ('cc_test {\n  name = "%s",\n  srcs = { "%s.c" },\n  deps = { %s },\n}\n'):format(name,
      name, near)
  elseif t % 10 == 8 then
    return ('cc_binary {\n  name = "%s",\n  srcs = { "%s.c", "%s_help.c" },\n  deps = { %s, %s },\n'
      .. '  copts = { "-Wall" },\n}\n'):format(name, name, name, near, far)
  elseif t % 10 == 9 then
    return ('common.module { name = "%s", deps = { %s } }\n'):format(name, near)
  end
  return ('cc_library {\n  name = "%s",\n  srcs = { "%s.c", "%s_more.c" },\n  hdrs = { "%s.h" },\n'
    .. '  deps = { %s, %s },\n  visibility = { "//visibility:public" },\n}\n'):format(name, name,
    name, name, near, far)
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

--- The text of one BUILD.lua.
---@param p integer
---@param packages integer
---@param targets integer
---@return string
function M.build_file(p, packages, targets)
  local parts = { "-- package " .. p .. "\n", 'local common = load "//tools/common.lua"\n' }
  for t = 0, targets - 1 do parts[#parts + 1] = target(p, t, packages) end
  return table.concat(parts, "\n")
end

---@param root string
---@param packages integer
---@param targets integer
---@return string[] files
function M.workspace(root, packages, targets)
  local dirs, files = { root .. "/tools" }, {}
  for p = 0, packages - 1 do dirs[#dirs + 1] = ("%s/p%d"):format(root, p) end
  write(root .. "/dirs", table.concat(dirs, "\n"))
  assert(os.execute(("xargs mkdir -p < '%s/dirs'"):format(root)))
  write(root .. "/WORKSPACE.lua", "")
  write(root .. "/tools/common.lua", MACRO)
  for p = 0, packages - 1 do
    files[#files + 1] = ("%s/p%d/BUILD.lua"):format(root, p)
    write(files[#files], M.build_file(p, packages, targets))
  end
  return files
end

M.write = write

return M
