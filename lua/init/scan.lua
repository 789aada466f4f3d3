--- What a directory holds, for `skylua init`: sources by language, which of them are programs and
--- tests, and which directories their includes and imports mean. Guesses from text, no parsing.
local path = require "util.path"
local uv = require "luv"

local M = {}

local MAX_FILES = 5000
local MAX_TEXT = 1 << 20

--- Where others put what they make or fetch.
local SKIPPED = { ["sky-out"] = true, build = true, out = true, dist = true, venv = true,
  node_modules = true, __pycache__ = true, CMakeFiles = true, target = true }

---@class Source
---@field path string
---@field dir string
---@field base string
---@field language? "c"|"header"|"lua"|"python"|"shell"
---@field text string
---@field main boolean    a program starts here
---@field test boolean    its name says that it is a test
---@field cxx? boolean
---@field included? boolean  a C source that another one includes

local LANGUAGES = {
  [".c"] = "c", [".cc"] = "c", [".cpp"] = "c", [".cxx"] = "c",
  [".h"] = "header", [".hh"] = "header", [".hpp"] = "header", [".hxx"] = "header",
  [".inc"] = "header", [".def"] = "header",
  [".lua"] = "lua", [".py"] = "python", [".sh"] = "shell",
}

local OURS = { ["BUILD.lua"] = true, ["WORKSPACE.lua"] = true, ["setup.py"] = true,
  ["conftest.py"] = true }

---@param file string
---@return string
local function read(file)
  local f = io.open(file, "rb")
  local text = f and f:read(MAX_TEXT) or ""
  if f then f:close() end
  return text
end

-- Names of a directory, sorted; nil when it is a package already.
local function names_in(dir)
  local entries = uv.fs_scandir(dir == "" and "." or dir)
  local out = {}
  local name, kind = nil, nil
  if entries then name, kind = uv.fs_scandir_next(entries) end
  while name do
    if name == "BUILD.lua" and dir ~= "" then return nil end
    out[#out + 1] = { name = name, kind = kind }
    name, kind = uv.fs_scandir_next(entries)
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

local function add_directory(dir, files)
  local below = {}
  for _, entry in ipairs(names_in(dir) or {}) do
    local full = path.join(dir, entry.name)
    if entry.kind == "directory" then
      if not SKIPPED[entry.name] and not entry.name:find("^%.") then below[#below + 1] = full end
    elseif entry.kind == "file" and #files < MAX_FILES then
      files[#files + 1] = full
    end
  end
  for _, name in ipairs(below) do add_directory(name, files) end
end

-- ---- what a file is ----

local function without_comments(text)
  return (text:gsub("/%*.-%*/", " "):gsub("//[^\n]*", ""))
end

local MAIN = {
  c = function(text) return without_comments(text):find("%f[%w_]int%s+main%s*%(") ~= nil end,
  lua = function(text, base) return text:find("^#!") ~= nil or base == "main.lua" end,
  python = function(text) return text:find("^#!") ~= nil or text:find("__name__%s*==") ~= nil end,
  shell = function() return true end,
}

local function is_test(file, base)
  local stem = base:match("^(.-)%.") or base
  return stem:find("^test[_%-]") ~= nil or stem:find("[_%-]test$") ~= nil
    or stem:find("[_%-]spec$") ~= nil or stem == "test"
    or ("/" .. file):find("/tests?/") ~= nil
end

---@param file string
---@return Source?
local function source_of(file)
  local base, ext = path.basename(file), path.extension(file)
  local language = LANGUAGES[ext]
  if not language or OURS[base] or base:find("[^%w_.+%-]") then return nil end
  local text = read(file)
  local main = MAIN[language]
  return { path = file, dir = path.dirname(file), base = base, language = language, text = text,
    main = main ~= nil and main(text, base), test = is_test(file, base),
    cxx = language == "c" and ext ~= ".c" or nil }
end

-- ---- directories that includes and imports mean ----

-- The directory below which `wanted` is one of the files; nil when it is found without.
local function directory_for(known, from, wanted)
  if known[wanted] or known[path.join(from, wanted)] then return nil end
  local tail = "/" .. wanted
  for _, file in ipairs(known.list) do
    if file:sub(-#tail) == tail then return file:sub(1, -#tail - 1), file end
  end
end

local WANTED = {
  c = function(text, add)
    for name in text:gmatch('#%s*include%s*[<"]([^">]+)[">]') do add { name } end
  end,
  lua = function(text, add)
    for name in text:gmatch("require%s*%(?%s*[\"']([%w_.%-]+)[\"']") do
      local file = name:gsub("%.", "/")
      add { file .. ".lua", file .. "/init.lua" }
    end
  end,
  python = function(text, add)
    for _, pattern in ipairs { "%f[%w]import%s+([%w_.]+)", "%f[%w]from%s+([%w_.]+)%s+import" } do
      for name in text:gmatch(pattern) do
        local file = name:gsub("%.", "/")
        add { file .. ".py", file .. "/__init__.py" }
      end
    end
  end,
}
WANTED.header = WANTED.c

--- The directories that must be searched for what these sources include or import.
---@param sources Source[]
---@param language string
---@param known table  path -> Source; and list
---@return string[]
function M.search_dirs(sources, language, known)
  local out, seen = {}, {}
  for _, source in ipairs(sources) do
    WANTED[language](source.text, function(names)
      for _, name in ipairs(names) do
        -- C looks beside the including file; the others do not
        local dir = directory_for(known, language == "c" and source.dir or "", name)
        if dir and not seen[dir] then
          seen[dir] = true
          out[#out + 1] = dir
        end
      end
    end)
  end
  table.sort(out)
  return out
end

-- A C source that is included is no unit of its own.
local function mark_included(known)
  for _, file in ipairs(known.list) do
    local source = known[file]
    if source.language == "c" or source.language == "header" then
      for name in source.text:gmatch('#%s*include%s*"([^"]+%.c[pxc]*)"') do
        local _, below = directory_for(known, source.dir, name)
        local found = known[path.join(source.dir, name)] or known[name] or known[below or ""]
        if found then found.included = true end
      end
    end
  end
end

--- All sources in the current directory and below, where no BUILD.lua is yet.
---@return table known  path -> Source; and list: all paths, sorted by directory and name
function M.files()
  local files, known = {}, { list = {} }
  add_directory("", files)
  for _, file in ipairs(files) do
    local source = source_of(file)
    if source then
      known[file] = source
      known.list[#known.list + 1] = file
    end
  end
  mark_included(known)
  return known
end

return M
