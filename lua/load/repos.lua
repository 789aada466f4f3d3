--- Where the files of packages and libraries lie: in the workspace, or in a repository that
--- WORKSPACE.lua names.
local context = require "util.context"
local core = require "core"
local label = require "model.label"
local path = require "util.path"
local suggest = require "util.suggest"

local M = {}

local function repo_dir(env, name)
  local workspace = context.get(env, core.key("WORKSPACE", ""))
  local dir = workspace.repos[name]
  if dir then
    return dir
  end
  if name == workspace.name then
    return ""
  end
  local names = {}
  for k in core.pairs(workspace.repos) do
    names[#names + 1] = k
  end
  return nil, ("there is no repository '@%s' in WORKSPACE.lua"):format(name),
    suggest.hint(name, names)
      or ('add to WORKSPACE.lua: repo.path { name = "%s", path = "..." }'):format(name)
end

--- The directory of a package id.
---@param env table
---@param pkg string
---@return string? dir  relative to the workspace, or absolute
---@return string? why
---@return string? hint
function M.dir(env, pkg)
  if pkg:byte() ~= 64 then
    return pkg
  end
  local repo, dir = label.repo(pkg)
  local root, why, hint = repo_dir(env, repo)
  if not root then
    return nil, why, hint
  end
  return path.join(root, dir)
end

--- The path of a library's file.
---@param env table
---@param module string label
---@return string? path
---@return string? why
---@return string? hint
function M.path(env, module)
  local repo, rest = module:match("^@([^/]*)//(.*)$")
  if not repo then
    return module:sub(3)
  end
  local root, why, hint = repo_dir(env, repo)
  if not root then
    return nil, why, hint
  end
  return path.join(root, rest)
end

return M
