--- What the benchmark builds: the same project for every tool, as plain data.
--
--   flat     independent `cp in out`, 100 to a directory
--   layered  layers of a tenth of the actions each; an action reads 3 of the layer below and
--            writes a digest of their lines, comments left out (act.c)
--   c        files of 50 lines with 8 headers each, archives of 50 objects, one program
local M = {}

---@class Shape
---@field kind "flat"|"layered"|"c"
---@field sources { path: string, text: string, executable: boolean? }[]
---@field actions ShapeAction[]  those that others need come first
---@field dirs string[]          of the outputs, parents first
---@field edit { path: string, comment: string, header: string? }  what the scenarios change
---@field last string            output that tells whether a change arrived, without its root

---@class ShapeAction
---@field out string       without the folder for outputs, which each tool has its own
---@field ins string[]     sources
---@field made string[]    outputs of other actions
---@field op "cp"|"act"|"cc"|"ar"|"ld"
---@field layer integer    actions of a layer need only those before it

local PER_DIR = 100
local LAYERS = 10

---@param i integer
---@return string
local function dir_of(i)
  return ("d%04d"):format(i // PER_DIR)
end

---@param shape Shape
---@param count integer  files
local function add_dirs(shape, count)
  for i = 0, (count - 1) // PER_DIR do shape.dirs[i + 1] = ("d%04d"):format(i) end
end

---@param count integer
---@return Shape
local function flat(count)
  local shape = { kind = "flat", sources = {}, actions = {}, dirs = {},
    edit = { path = "d0000/s0.txt", comment = "d0000/s0.txt" }, last = "d0000/s0.out" }
  for i = 0, count - 1 do
    local name = ("%s/s%d"):format(dir_of(i), i)
    shape.sources[i + 1] = { path = name .. ".txt",
      text = ("line one of %d\nline two\n"):format(i) }
    shape.actions[i + 1] = { op = "cp", out = name .. ".out", ins = { name .. ".txt" }, made = {},
      layer = 1 }
  end
  add_dirs(shape, count)
  return shape
end

---@param count integer
---@return Shape
local function layered(count)
  local width = math.max(1, count // LAYERS)
  local shape = { kind = "layered", sources = {}, actions = {}, dirs = {},
    edit = { path = "d0000/s0.txt", comment = "d0000/s0.txt" },
    last = ("%s/a%d.out"):format(dir_of((LAYERS - 1) * width), (LAYERS - 1) * width) }
  for i = 0, width - 1 do
    shape.sources[i + 1] = { path = ("%s/s%d.txt"):format(dir_of(i), i),
      text = ("# a comment\nline one of %d\nline two\n"):format(i) }
  end
  for i = 0, LAYERS * width - 1 do
    local action = { op = "act", out = ("%s/a%d.out"):format(dir_of(i), i), ins = {}, made = {},
      layer = i // width + 1 }
    local column, below = i % width, (i // width - 1) * width
    for k, step in ipairs { 0, 1, 7 } do
      local j = (column + step) % width
      if i < width then
        action.ins[k] = shape.sources[j + 1].path
      else
        action.made[k] = ("%s/a%d.out"):format(dir_of(below + j), below + j)
      end
    end
    shape.actions[i + 1] = action
  end
  add_dirs(shape, LAYERS * width)
  return shape
end

local HEADERS_EACH, PER_LIBRARY = 8, 50

---@param i integer
---@param headers integer
---@return string
local function c_text(i, headers)
  local lines = {}
  for k = 0, HEADERS_EACH - 1 do
    lines[#lines + 1] = ('#include "include/h%d.h"'):format((i * 3 + k * 5) % headers)
  end
  lines[#lines + 1] = "#include <stdio.h>"
  for k = 1, 7 do
    lines[#lines + 1] = ("int f%d_%d(int x)\n{\n\tint s = %d;\n\tfor (int i = 0; i < x; i++)"
      .. "\n\t\ts += i * H%d;\n\treturn s;\n}"):format(i, k, k, (i * 3 + k * 5) % headers)
  end
  return table.concat(lines, "\n") .. "\n"
end

---@param count integer  C files
---@return Shape
local function c(count)
  local shape = { kind = "c", sources = {}, actions = {}, dirs = { "lib", "app" },
    edit = { path = "lib/l000/f0.c", comment = "lib/l000/f0.c", header = "include/h5.h" },
    last = "app/prog" }
  local headers, objects, archives = math.max(HEADERS_EACH, count // 10), {}, {}
  for i = 0, headers - 1 do
    shape.sources[i + 1] = { path = ("include/h%d.h"):format(i),
      text = ("#ifndef H%d\n#define H%d %d\n#endif\n"):format(i, i, i + 1) }
  end
  for i = 0, count - 1 do
    local lib = ("l%03d"):format(i // PER_LIBRARY)
    local path, object = ("lib/%s/f%d.c"):format(lib, i), ("lib/%s/f%d.o"):format(lib, i)
    table.insert(shape.sources, { path = path, text = c_text(i, headers) })
    table.insert(shape.actions, { op = "cc", out = object, ins = { path }, made = {}, layer = 1 })
    table.insert(objects, object)
    if #objects == PER_LIBRARY or i == count - 1 then
      table.insert(shape.dirs, "lib/" .. lib)
      table.insert(archives, ("lib/%s/lib%s.a"):format(lib, lib))
      table.insert(shape.actions, { op = "ar", out = archives[#archives], ins = {},
        made = objects, layer = 2 })
      objects = {}
    end
  end
  table.insert(shape.sources, { path = "app/main.c",
    text = "int f0_1(int);\nint main(void)\n{\n\treturn f0_1(0) != 1;\n}\n" })
  table.insert(shape.actions, { op = "cc", out = "app/main.o", ins = { "app/main.c" }, made = {},
    layer = 1 })
  table.insert(shape.actions, { op = "ld", out = "app/prog", ins = {},
    made = { "app/main.o", table.unpack(archives) }, layer = 3 })
  return shape
end

local KINDS = { flat = flat, layered = layered, c = c }

---@param kind string
---@param count integer
---@return Shape
function M.make(kind, count)
  local make = KINDS[kind] or error(("no kind of project is called '%s'"):format(kind))
  return make(count)
end

--- The command of an action as every tool but skylua runs it.
---@param action ShapeAction
---@param out string  folder of the outputs
---@return string[]
function M.argv(action, out)
  local made = {}
  for i, path in ipairs(action.made) do made[i] = out .. "/" .. path end
  local target = out .. "/" .. action.out
  if action.op == "cp" then return { "cp", action.ins[1], target } end
  if action.op == "act" then
    local argv = { "bin/act", target }
    table.move(action.ins, 1, #action.ins, #argv + 1, argv)
    return table.move(made, 1, #made, #argv + 1, argv)
  end
  if action.op == "ar" then return { "ar", "rcsD", target, table.unpack(made) } end
  if action.op == "ld" then return { "cc", "-o", target, table.unpack(made) } end
  return { "cc", "-O1", "-g0", "-fPIC", "-iquote", ".", "-iquote", out, "-O0", "-MD", "-MF",
    target .. ".d", "-c", action.ins[1], "-o", target }
end

return M
