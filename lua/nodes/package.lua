--- PACKAGE path: the targets of a BUILD.lua.
local core = require "core"
local context = require "util.context"
local label = require "model.label"
local package = require "load.package"
local path = require "util.path"
local repos = require "load.repos"
local suggest = require "util.suggest"

local function directories(env, dir)
  local listing = context.get(env, core.key("DIRECTORY_LISTING", dir))
  local names = {}
  for _, entry in ipairs(listing.entries or {}) do
    if entry.kind == "dir" then
      names[#names + 1] = entry.name
    end
  end
  return names
end

local function has_build_file(env, dir)
  return context.get(env, core.key("FILE_KIND", path.join(dir, "BUILD.lua"))) == "file"
end

-- The nearest directory that is there, and what below it may have been meant.
local function suggest_package(env, dir)
  local parent, rest, below = path.dirname(dir), path.basename(dir), ""
  while parent ~= "" and context.get(env, core.key("FILE_KIND", parent)) ~= "dir" do
    below = path.join(rest, below)
    parent, rest = path.dirname(parent), path.basename(parent)
  end
  local best = suggest.best(rest, directories(env, parent))
  if not best then
    return nil
  end
  local near = path.join(parent, best)
  if has_build_file(env, path.join(near, below)) then
    return ("did you mean '//%s'?"):format(path.join(near, below))
  end
  return has_build_file(env, near) and ("did you mean '//%s'?"):format(near) or nil
end

local function missing(env, pkg, dir, kind)
  local hint
  if kind == "dir" then
    hint = "the directory is there: write a BUILD.lua in it"
  else
    hint = suggest_package(env, dir)
  end
  error({ code = "E0214", hint = hint, label = label.shown_package(pkg),
    message = ("there is no package '%s': no BUILD.lua in %s"):format(label.shown_package(pkg),
      dir == "" and "the root of the workspace" or "'" .. dir .. "'") }, 0)
end

return function(env, pkg)
  local dir, why, hint = repos.dir(env, pkg)
  if not dir then
    error({ code = "E0241", message = why, hint = hint }, 0)
  end
  local file_path = path.join(dir, "BUILD.lua")
  local file = env:get(core.key("FILE", file_path))
  if file.kind == "denied" then
    error({ code = "E0101", message = ("cannot look at %s: permission denied"):format(file_path) },
      0)
  elseif file.kind ~= "file" then
    missing(env, pkg, dir, context.get(env, core.key("FILE_KIND", dir)))
  end
  return package.compute(env, pkg, dir, core.read(file_path, file.digest))
end
