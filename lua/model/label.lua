--- Labels: the names of targets and files, as in "//src/app:main" or "@repo//pkg:name".
---
--- As data a label is its canonical text. The *package id* is the part before ":" without "//"
--- for the main workspace ("src/app", ""), "@repo//pkg" for another one.
local core = require "core"
local place = require "util.place"

local M = {}

local byte, sub = string.byte, string.sub

local memo = {}       -- absolute text -> canonical text
local valid = {}      -- names that were looked at and are fit -> true
local prefixes = {}   -- package id -> "//pkg:"

local methods = {}

function methods.__tostring(l)
  return M.text(l.repo ~= "" and ("@" .. l.repo .. "//" .. l.pkg) or l.pkg, l.name)
end

function methods.__missing(l, k)
  if k == "package" then
    return l.pkg
  end
  if type(k) == "number" then
    return nil
  end
  place.raise({ code = "E0225", message = ("a label has no field '%s'"):format(tostring(k)),
    hint = "it has repo, package and name" }, { name = tostring(k) })
end

core.tag("label", methods)

--- "//pkg:name" from a package id and a name.
---@param pkg string
---@param name string
---@return string
function M.text(pkg, name)
  if pkg:byte() == 64 then
    return pkg .. ":" .. name
  end
  return "//" .. pkg .. ":" .. name
end

--- Package id and name of a canonical text.
---@param text string
---@return string pkg
---@return string name
function M.split(text)
  local pkg, name = text:match("^//([^:]*):(.+)$")
  if pkg then
    return pkg, name
  end
  return text:match("^(@[^:]*):(.+)$")
end

--- "//pkg" or "@repo//pkg", for people.
---@param pkg string package id
---@return string
function M.shown_package(pkg)
  return pkg:byte() == 64 and pkg or "//" .. pkg
end

--- Repository ("" for the main one) and directory in it, of a package id.
---@param pkg string
---@return string repo
---@return string dir
function M.repo(pkg)
  local repo, dir = pkg:match("^@([^/]*)//(.*)$")
  if repo then
    return repo, dir
  end
  return "", pkg
end

--- A label object for user code.
---@param text string canonical
---@return any
function M.object(text)
  local pkg, name = M.split(text)
  local repo, dir = M.repo(pkg)
  return core.make("label", { repo = repo, pkg = dir, name = name })
end

local function bad_path(path)
  if path:find("[%c:\\]") then
    return "has a character that is not allowed"
  elseif path:sub(1, 1) == "/" or path:sub(-1) == "/" or path:find("//", 1, true) then
    return "begins or ends with '/', or has '//'"
  end
  for part in path:gmatch("[^/]+") do
    if part == ".." or part == "." then
      return "has '" .. part .. "' in it"
    end
  end
end

--- Is `name` fit for a target or file? nil, or what is wrong with it.
---@param name string
---@return string?
function M.name_problem(name)
  if name == "" then
    return "is empty"
  end
  if name:find("^[%w_%-+][%w_%-+.]*$") then
    return nil
  end
  if name:find("[%*%?%[]") then
    return "is a pattern; use glob { ... } for patterns"
  end
  return bad_path(name)
end

local function prefix_of(pkg)
  local prefix = M.text(pkg, "")
  prefixes[pkg] = prefix
  return prefix
end

local function absolute(text)
  local head, rest = text:match("^(@[%w_%-%.]*)//(.*)$")
  if not head then
    head, rest = "", text:match("^//(.*)$")
  end
  if not rest then
    return nil, "a repository is written '@name//package:target'"
  end
  local pkg, name = rest:match("^([^:]*):(.*)$")
  if not pkg then
    pkg, name = rest, rest:match("[^/]*$")
    if name == "" then
      return nil, "it names no target"
    end
  end
  local problem = pkg ~= "" and bad_path(pkg)
  if problem then
    return nil, "its package " .. problem
  end
  problem = M.name_problem(name)
  if problem then
    return nil, "its name " .. problem
  end
  if head ~= "" then
    return head .. "//" .. pkg .. ":" .. name
  end
  return "//" .. pkg .. ":" .. name
end

--- What `resolve` remembers, for the one loop that cannot afford a call per label
--- (attr_check.lua): names known to be fit, absolute texts known, prefixes of packages.
M.known = { names = valid, absolute = memo, prefixes = prefixes }

--- The canonical text of `text` as it stands in a file of package `here` (a package id).
---@param text string
---@param here string
---@return string? canonical
---@return string? why  what is wrong when it is not a label
---@nodiscard
function M.resolve(text, here)
  local known = memo[text]
  if known then
    return known
  end
  local first = byte(text)
  if first == 47 or first == 64 then -- "/" and "@"
    if first == 47 and byte(text, 2) ~= 47 then
      return nil, "an absolute path; name files relative to their package"
    end
    local canonical, why = absolute(text)
    if canonical and here:byte() == 64 and first == 47 then
      return here:match("^@[^/]*") .. canonical
    end
    if canonical and here:byte() ~= 64 then
      memo[text] = canonical
    end
    return canonical, why
  end
  local name = first == 58 and sub(text, 2) or text -- ":"
  if not valid[name] then
    local problem = M.name_problem(name)
    if problem then
      return nil, name:find(":", 1, true) and "write //package:name or :name" or "it " .. problem
    end
    valid[name] = true
  end
  return (prefixes[here] or prefix_of(here)) .. name
end

--- The canonical label of a Lua file, "//tools/upper.lua" or "@repo//x.lua".
---@param text string
---@param here string package id
---@return string? label
---@return string? why
---@nodiscard
function M.module(text, here)
  if not text:find("%.lua$") then
    return nil, "a library is a file whose name ends with .lua"
  end
  local repo, path = text:match("^(@[%w_%-%.]*)//(.*)$")
  if not repo then
    path = text:match("^//(.*)$")
  end
  if not path and text:sub(1, 1) == ":" then
    path = text:sub(2)
    local dir
    repo, dir = here:match("^(@[^/]*)//(.*)$")
    dir = dir or here
    path = dir == "" and path or dir .. "/" .. path
  elseif path and not repo then
    repo = here:match("^(@[^/]*)//")
  end
  if not path then
    return nil, "write //dir/file.lua, or :file.lua for a file of this package"
  end
  path = path:gsub(":", "/", 1):gsub("^/", "")
  local problem = bad_path(path)
  if problem then
    return nil, "its path " .. problem
  end
  return (repo or "") .. "//" .. path
end

--- The package id of the directory that a module stands in.
---@param module string
---@return string
function M.module_dir(module)
  local repo, dir = module:match("^(@[^/]*)//(.*)/[^/]*$")
  if repo then
    return repo .. "//" .. dir
  end
  repo = module:match("^(@[^/]*)//")
  if repo then
    return repo .. "//"
  end
  return module:match("^//(.*)/[^/]*$") or ""
end

--- The label of the BUILD.lua of a package.
---@param pkg string
---@return string
function M.build_file(pkg)
  local base = pkg:byte() == 64 and pkg or "//" .. pkg
  return base .. (base:sub(-1) == "/" and "" or "/") .. "BUILD.lua"
end

return M
