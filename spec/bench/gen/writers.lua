--- A shape as the build files of one tool, on disk.
local shapes = require "shapes"

local M = {}

---@param path string
---@param text string
local function write(path, text)
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  assert(f:close())
end

---@param command string
local function shell(command)
  if not os.execute(command) then error("failed: " .. command) end
end

---@param dir string
---@param paths string[]
local function make_dirs(dir, paths)
  local list = {}
  for i, path in ipairs(paths) do list[i] = dir .. "/" .. path end
  local names = os.tmpname()
  write(names, table.concat(list, "\n") .. "\n")
  shell(("xargs mkdir -p <'%s'; rm '%s'"):format(names, names))
end

---@param shape Shape
---@param dir string
---@param bin string  folder with the compiled helpers
local function sources(shape, dir, bin)
  local seen, dirs = {}, { "." }
  for _, source in ipairs(shape.sources) do
    local parent = source.path:match "^(.*)/[^/]*$"
    if not seen[parent] then
      seen[parent] = true
      dirs[#dirs + 1] = parent
    end
  end
  for _, parent in ipairs(shape.dirs) do
    if not seen[parent] then dirs[#dirs + 1] = parent end
  end
  make_dirs(dir, dirs)
  for _, source in ipairs(shape.sources) do write(dir .. "/" .. source.path, source.text) end
  if shape.kind == "layered" then
    shell(("mkdir -p '%s/bin' && cp '%s/act' '%s/bin/act'"):format(dir, bin, dir))
  end
end

---@param shape Shape
---@param dir string
---@param out string
function M.output_dirs(shape, dir, out)
  local dirs = {}
  for i, path in ipairs(shape.dirs) do dirs[i] = out .. "/" .. path end
  make_dirs(dir, dirs)
end

-- ---- ninja, and what reads its files ----

local NINJA_RULES = {
  flat = "rule cp\n  command = cp $in $out\n",
  layered = "rule act\n  command = bin/act $out $in\n  restat = 1\n",
  c = [[
rule cc
  command = cc -O1 -g0 -fPIC -iquote . -iquote out -O0 -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule ar
  command = rm -f $out && ar rcsD $out $in
rule ld
  command = cc -o $out $in
]],
}

---@param shape Shape
---@param dir string
local function ninja(shape, dir)
  local lines = { NINJA_RULES[shape.kind] }
  for _, a in ipairs(shape.actions) do
    local ins = table.move(a.ins, 1, #a.ins, 1, {})
    for _, path in ipairs(a.made) do ins[#ins + 1] = "out/" .. path end
    local more = a.op == "act" and " | bin/act" or ""
    lines[#lines + 1] = ("build out/%s: %s %s%s"):format(a.out, a.op, table.concat(ins, " "), more)
  end
  write(dir .. "/build.ninja", table.concat(lines, "\n") .. "\n")
end

-- ---- make ----

---@param shape Shape
---@param dir string
local function make(shape, dir)
  local goals, rules = {}, {}
  for i, a in ipairs(shape.actions) do
    local ins = table.move(a.ins, 1, #a.ins, 1, {})
    for _, path in ipairs(a.made) do ins[#ins + 1] = "out/" .. path end
    if a.op == "act" then ins[#ins + 1] = "bin/act" end
    goals[i] = "out/" .. a.out
    local command = table.concat(shapes.argv(a, "out"), " ")
    if a.op == "ar" then command = ("rm -f out/%s\n\t"):format(a.out) .. command end
    rules[i] = ("out/%s: %s\n\t%s\n"):format(a.out, table.concat(ins, " "), command)
  end
  local all = shape.kind == "c" and goals[#goals] or table.concat(goals, " ")
  local last = shape.kind == "c" and "-include $(shell find out -name '*.d')\n" or ""
  write(dir .. "/Makefile", "MAKEFLAGS += -rR\nall: " .. all .. "\n" .. table.concat(rules) .. last)
  M.output_dirs(shape, dir, "out")
end

-- ---- tup ----

---@param shape Shape
---@param dir string
local function tup(shape, dir)
  local lines = {}
  for i, a in ipairs(shape.actions) do
    local ins = table.move(a.ins, 1, #a.ins, 1, {})
    for _, path in ipairs(a.made) do ins[#ins + 1] = "out/" .. path end
    local outputs = "out/" .. a.out
    if a.op == "cc" then outputs = outputs .. " out/" .. a.out .. ".d" end
    local mark = a.op == "act" and "^o^ " or ""
    lines[i] = (": %s |> %s%s |> %s"):format(table.concat(ins, " "), mark,
      table.concat(shapes.argv(a, "out"), " "), outputs)
  end
  write(dir .. "/Tupfile", table.concat(lines, "\n") .. "\n")
  M.output_dirs(shape, dir, "out")
end

-- ---- skylua ----

---@param path string
---@return string dir
---@return string file
local function split(path)
  local dir, file = path:match "^(.*)/([^/]*)$"
  return dir, file
end

--- An output as a label.
---@param path string
---@return string
local function label(path)
  return ("//%s:%s"):format(split(path))
end

---@param a ShapeAction
---@param place string  directory of the package
---@return string
local function genrule(a, place)
  local _, out = split(a.out)
  local ins = {}
  for i, path in ipairs(a.ins) do
    local dir, file = split(path)
    ins[i] = ("%q"):format(dir == place and file or label(path))
  end
  for i, path in ipairs(a.made) do ins[#a.ins + i] = ("%q"):format(label(path)) end
  local cmd = a.op == "act" and [["$(location //bin:act) $(out) $(in)", tools = { "//bin:act" }]]
    or [["cp $(in) $(out)"]]
  return ("genrule { name = %q, srcs = { %s }, outs = { %q }, cmd = %s }\n"):format(
    "g_" .. out, table.concat(ins, ", "), out, cmd)
end

---@param shape Shape
---@param dir string
local function genrules(shape, dir)
  local texts, order = {}, {}
  for _, a in ipairs(shape.actions) do
    local place = split(a.out)
    if not texts[place] then
      texts[place] = { 'package { default_visibility = { "//visibility:public" } }\n' }
      order[#order + 1] = place
    end
    table.insert(texts[place], genrule(a, place))
  end
  for _, source in ipairs(shape.sources) do
    local place, file = split(source.path)
    if shape.kind == "layered" and texts[place] then
      table.insert(texts[place], ("export_files { %q }\n"):format(file))
    end
  end
  for _, place in ipairs(order) do
    write(("%s/%s/BUILD.lua"):format(dir, place), table.concat(texts[place]))
  end
  if shape.kind == "layered" then
    write(dir .. "/bin/BUILD.lua", 'export_files { "act" }\n')
  end
end

---@param shape Shape
---@param dir string
local function cc_rules(shape, dir)
  local deps = {}
  for _, a in ipairs(shape.actions) do
    if a.op == "ar" then
      local place = split(a.out)
      local srcs = {}
      for i, object in ipairs(a.made) do
        local _, file = split(object)
        srcs[i] = ("%q"):format((file:gsub("o$", "c")))
      end
      deps[#deps + 1] = ("%q"):format("//" .. place)
      local text = 'cc_library { name = %q, srcs = { %s }, deps = { "//include" },\n'
        .. '  copts = { "-O0" }, visibility = { "//visibility:public" } }\n'
      write(("%s/%s/BUILD.lua"):format(dir, place),
        text:format(place:match "[^/]*$", table.concat(srcs, ", ")))
    end
  end
  write(dir .. "/include/BUILD.lua", 'cc_library { name = "include", hdrs = glob { "*.h" },\n'
    .. '  visibility = { "//visibility:public" } }\n')
  write(dir .. "/app/BUILD.lua", ('cc_binary { name = "prog", srcs = { "main.c" },\n'
    .. '  copts = { "-O0" }, deps = { %s } }\n'):format(table.concat(deps, ", ")))
end

---@param shape Shape
---@param dir string
local function skylua(shape, dir)
  write(dir .. "/WORKSPACE.lua", "")
  if shape.kind == "c" then cc_rules(shape, dir) else genrules(shape, dir) end
end

-- ---- the floors ----

--- One line for each file that a build looks at; for each action its layer and its words.
---@param shape Shape
---@param dir string
local function floor(shape, dir)
  local files, commands = {}, {}
  for _, source in ipairs(shape.sources) do files[#files + 1] = source.path end
  for i, a in ipairs(shape.actions) do
    files[#files + 1] = "out/" .. a.out
    commands[i] = a.layer .. "\t" .. table.concat(shapes.argv(a, "out"), "\t")
  end
  table.sort(commands, function(x, y)
    return tonumber(x:match "^%d+") < tonumber(y:match "^%d+")
  end)
  write(dir .. "/files", table.concat(files, "\n") .. "\n")
  write(dir .. "/commands", table.concat(commands, "\n") .. "\n")
  M.output_dirs(shape, dir, "out")
end

local WRITERS = { skylua = skylua, ninja = ninja, samu = ninja, n2 = ninja, make = make,
  tup = tup, floor = floor }

--- Writes the project into `dir`, which does not exist.
---@param tool string
---@param shape Shape
---@param dir string
---@param bin string
function M.write(tool, shape, dir, bin)
  sources(shape, dir, bin)
  WRITERS[tool](shape, dir)
end

return M
