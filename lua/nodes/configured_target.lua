--- CONFIGURED_TARGET {label, config}: a target under a configuration: its rule has run.
---
--- {label, rule = {module, name}, providers = map id -> instance, actions, files (depset),
--- visibility, below = what its `deps` lead to (nodes/walk.lua), test = index of the action that
--- runs it; only (files): the one artifact that the label names; is_source}
local analysis = require "nodes.analysis"
local artifact = require "model.artifact"
local attributes = require "nodes.attributes"
local blame = require "nodes.blame"
local config = require "model.config"
local core = require "core"
local ctx = require "nodes.ctx"
local label = require "model.label"
local module = require "load.module"
local path = require "util.path"
local provider = require "model.provider"
local results = require "nodes.results"
local util_err = require "util.err"

require "nodes.ctx_actions"
require "nodes.ctx_wait"

-- ---- labels of files ----

local function file_value(text, visibility, a, is_source)
  local info = provider.DefaultInfo { files = { a } }
  return {
    label = text, rule = { module = "@sky//", name = is_source and "source file" or "output" },
    providers = { DefaultInfo = info }, actions = {}, files = info.files,
    visibility = visibility, only = a, is_source = is_source or nil,
  }
end

local function output_value(env, cfg, target)
  local owner = env:get(core.key("CONFIGURED_TARGET", { target.target, cfg }))
  local pkg = label.split(target.label)
  local wanted = path.join(path.join(config.bin_dir(cfg), results.out_package(pkg)), target.file)
  for _, action in ipairs(owner.actions) do
    for _, a in ipairs(action.outputs) do
      if a.path == wanted then
        local value = file_value(target.label, target.visibility, a, false)
        value.below = { { target.target, cfg } }
        return value
      end
    end
  end
  error({ code = "E0213", label = target.label,
    message = ("%s has no file '%s' in this form"):format(target.target, target.file),
    hint = "a cc_library without sources makes no archive, for example" }, 0)
end

-- ---- targets of rules ----

local function rule_of(env, target)
  local name = target.rule.module
  local value = env:get(core.key("MODULE", name))
  local def = module.live(name, value).rules[target.rule.name]
  if not def then
    error({ code = "E0226", message = ("%s has no rule '%s'"):format(name, target.rule.name) }, 0)
  end
  return def, { [name] = value }
end

---@return Run
local function new_run(env, target, cfg, stage, def, conf)
  local pkg, name = label.split(target.label)
  local dir = target.dir or pkg
  local repo, below = label.repo(pkg)
  local bin = config.bin_dir(cfg)
  local out = results.out_package(pkg)
  return {
    env = env, label = target.label, name = name, pkg = pkg, dir = dir, cfg = cfg, stage = stage,
    prefix = label.text(pkg, ""), config = conf, refs = target.refs, def = def, bin_dir = bin,
    out_dir = (out == "" and bin or bin .. "/" .. out) .. "/",
    root = repo == "" and "" or dir:sub(1, #dir - #below - (below == "" and 0 or 1)),
  }
end

-- The error of a rule's code, with the target's place. The engine's own errors, those of
-- dependencies, are frozen and pass untouched.
local function place_error(env, text, e)
  if not util_err.is(e) or core.is_frozen(e) then
    return e
  end
  if e.at_target then
    local find = { key = e.attr, text = e.value }
    e.at_target, e.attr, e.value = nil, nil, nil
    return blame.fill(env, text, e, find)
  end
  return blame.extend(env, text, e)
end

local function analyse(run, target)
  local returned, stopped = analysis.run(run, ctx.new)
  if stopped or run.stage then
    return { label = run.label, rule = target.rule, actions = run.actions, providers = {},
      files = provider.DefaultInfo({ files = {} }).files, visibility = {} }
  end
  return results.value(run, target, returned)
end

local function rule_value(env, target, id)
  local cfg, stage = config.split(id)
  local def, modules = rule_of(env, target)
  local conf = env:get(core.key("CONFIG", cfg))
  local run = new_run(env, target, cfg, stage, def, conf)
  run.values, run.entries = attributes.resolve(run, target.attrs, target.selects)
  -- this is the border where the errors of rule code get the target's place
  local ok, value = pcall(analyse, run, target)
  if not ok then
    error(place_error(env, run.label, value), 0)
  end
  module.check_sealed(modules)
  for _, text in ipairs(stage and {} or run.warnings) do
    env:warn(text)
  end
  return value
end

return function(env, arg)
  local text, id = arg[1], arg[2]
  local target = core.raw(env:get(core.key("TARGET", { text })))
  if target.kind == "source" then
    return file_value(text, target.visibility, artifact.source(target.path), true)
  elseif target.kind == "output" then
    return output_value(env, config.split(id), target)
  end
  return rule_value(env, target, id)
end
