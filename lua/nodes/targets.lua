--- TARGETS pattern: the labels of "//...", "//a/...", "//a:all" and "@repo//...", sorted.
--- Targets with the tag "manual" are left out.
local core = require "core"
local directories = require "nodes.directories"
local label = require "model.label"
local path = require "util.path"
local repos = require "load.repos"
local suggest = require "util.suggest"

local function add_package(pkg, package, out)
  for _, name in ipairs(package.listed) do
    out[#out + 1] = label.text(pkg, name)
  end
end

local function join(pkg, name)
  return (pkg == "" or pkg:sub(-1) == "/") and pkg .. name or pkg .. "/" .. name
end

local function pattern_of(pkg)
  local base = pkg:byte() == 64 and pkg or "//" .. pkg
  return base .. (base:sub(-1) == "/" and "..." or "/...")
end

local function no_directory(env, pkg, dir)
  local parent = path.dirname(dir)
  local listing = env:get(core.key("DIRECTORY_LISTING", parent))
  local names = {}
  for _, entry in ipairs(listing.entries or {}) do
    names[#names + 1] = entry.name
  end
  local best = suggest.best(path.basename(dir), names)
  error({ code = "E0248", message = ("there is no directory '%s'"):format(dir),
    hint = best and ("did you mean '%s'?"):format(pattern_of(join(path.dirname(pkg), best))) }, 0)
end

local function below(env, pkg)
  local dir, why, hint = repos.dir(env, pkg)
  if not dir then
    error({ code = "E0241", message = why, hint = hint }, 0)
  end
  local is_root = pkg == "" or pkg:find("//$") ~= nil
  local dirs, build, kind = directories.below(env, dir, is_root)
  if kind ~= "dir" then
    no_directory(env, pkg, dir)
  end
  local keys = {}
  for i, name in ipairs(dirs) do
    keys[i] = core.key("TARGETS", pattern_of(join(pkg, name)))
  end
  if build then
    keys[#keys + 1] = core.key("PACKAGE", pkg)
  end
  local values = env:get_all(keys)
  local out = {}
  if build then
    add_package(pkg, values[#values], out)
  end
  for i = 1, #dirs do
    table.move(core.raw(values[i]), 1, #values[i], #out + 1, out)
  end
  return out
end

return function(env, pattern)
  -- a mistake there is told also where nothing needs what it says
  env:get(core.key("WORKSPACE", ""))
  local pkg = pattern:match("^//(.*)%.%.%.$") or pattern:match("^(@[^/]*//.*)%.%.%.$")
  if pkg then
    if pkg:sub(-1) == "/" and pkg:sub(-2) ~= "//" then
      pkg = pkg:sub(1, -2)
    end
    return below(env, pkg)
  end
  pkg = pattern:match("^//(.*):all$") or pattern:match("^(@[^/]*//.*):all$")
  if not pkg then
    error({ code = "E0248", message = ("'%s' is no pattern"):format(pattern),
      hint = "patterns are //..., //dir/... and //dir:all" }, 0)
  end
  local out = {}
  add_package(pkg, env:get(core.key("PACKAGE", pkg)), out)
  return out
end
