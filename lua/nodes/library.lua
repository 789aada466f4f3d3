--- LIBRARY {module, name, argument}: a node function that a library defines with node_function.
--- Its ctx sees the world through keys only, like everything here.
local context = require "util.context"
local core = require "core"
local label = require "model.label"
local module = require "load.module"
local place = require "util.place"
local protect = require "load.protect"
local sorted = require "util.sorted"
local suggest = require "util.suggest"

local methods = {}

local ENV = {}

local Ctx = { __metatable = false, __name = "ctx" }

function Ctx.__index(_, k)
  local m = methods[k]
  if not m then
    place.raise({ code = "E0225", message = ("ctx has no '%s'"):format(tostring(k)),
      hint = suggest.hint(tostring(k), sorted.keys(methods))
        or "there is " .. table.concat(sorted.keys(methods), ", ") }, { name = tostring(k) })
  end
  return m
end

function Ctx.__newindex()
  place.raise { code = "E0224", message = "ctx cannot be changed" }
end

local function env_of(ctx)
  return type(ctx) == "table" and rawget(ctx, ENV)
    or place.raise { code = "E0238", message = "methods of ctx are called with a colon" }
end

local function is_list(x)
  return type(x) == "table" and not core.tag_of(x)
end

--- The value of a key, or a list of values for a list of keys.
function methods.get(ctx, key)
  if is_list(key) then
    return context.get_all(env_of(ctx), core.raw(key))
  end
  return context.get(env_of(ctx), key)
end

--- The text of a file of the workspace; nil when there is none.
function methods.read(ctx, path)
  local env = env_of(ctx)
  local file = context.get(env, core.key("FILE", path))
  return file.kind == "file" and core.read(path, file.digest) or nil
end

--- "file", "dir", "none" or "special".
function methods.kind(ctx, path)
  return context.get(env_of(ctx), core.key("FILE_KIND", path))
end

--- Names and kinds in a directory.
function methods.list(ctx, path)
  return context.get(env_of(ctx), core.key("DIRECTORY_LISTING", path)).entries or {}
end

--- The files of a directory that match patterns, relative to it.
function methods.glob(ctx, dir, include, exclude)
  return context.get(env_of(ctx), core.key("GLOB", { dir, include, exclude or {} }))
end

--- A variable of the caller's environment, which becomes an input; nil when unset.
function methods.getenv(ctx, name)
  return context.get(env_of(ctx), core.key("ENV", name))
end

local function is_program(env, path)
  local file = context.get(env, core.key("FILE", path))
  return file.kind == "file" and file.exec
end

--- The absolute path of the first of `names` that is a program in the PATH; nil when none is.
function methods.which(ctx, names, path)
  local env = env_of(ctx)
  names = is_list(names) and names or { names }
  path = path or context.get(env, core.key("ENV", "PATH")) or "/usr/local/bin:/usr/bin:/bin"
  for _, name in ipairs(names) do
    if name:sub(1, 1) == "/" then
      if is_program(env, name) then
        return name
      end
    else
      for dir in path:gmatch("[^:]+") do
        if dir:sub(1, 1) == "/" and is_program(env, (dir:gsub("/+$", "")) .. "/" .. name) then
          return (dir:gsub("/+$", "")) .. "/" .. name
        end
      end
    end
  end
end

--- A file outside of the workspace as an artifact.
function methods.system_file(_, path)
  return core.make("artifact", { path = path })
end

function methods.fail(_, message, options)
  options = options or {}
  error({ code = options.code or "E0230", message = tostring(message), hint = options.hint }, 0)
end

function methods.warn(ctx, message)
  env_of(ctx):warn(tostring(message))
end

return function(env, arg)
  local name, key = arg[1], arg[2]
  local value = env:get(core.key("MODULE", name))
  local live = module.live(name, value)
  local f = live.functions[key]
  if not f then
    error({ code = "E0223", message = ("%s has no node function '%s'"):format(name, key) }, 0)
  end
  local c = { kind = "library", label = name, pkg = label.module_dir(name), env = env }
  local ok, result = protect.call(c, f, setmetatable({ [ENV] = env }, Ctx), arg[3])
  if not ok then
    error(result, 0)
  end
  module.check_sealed({ [name] = value })
  local plain, why = core.check(result)
  if result == nil or not plain then
    error({ code = "E0239", message = ("the node function '%s' of %s returned %s"):format(key, name,
      result == nil and "nothing" or tostring(why)) }, 0)
  end
  return result
end
