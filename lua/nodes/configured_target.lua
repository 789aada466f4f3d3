--- CONFIGURED_TARGET {label, config}: a target under a configuration: its rule has run.
---
--- {label, rule = {module, name}, providers = map id -> instance, actions, files (depset),
--- visibility, config = the id that its actions have and are listed under, below = what its
--- `deps` lead to (nodes/walk.lua), test = index of the action that runs it; only (files): the one
--- artifact that the label names; is_source}
---
--- {needs = names of settings} under a part of a configuration (model/config.lua) that does not
--- know what the target reads.
local analysis = require "nodes.analysis"
local artifact = require "model.artifact"
local attributes = require "nodes.attributes"
local blame = require "nodes.blame"
local config = require "model.config"
local core = require "core"
local ctx = require "nodes.ctx"
local label = require "model.label"
local module = require "load.module"
local options = require "nodes.options"
local path = require "util.path"
local provider = require "model.provider"
local results = require "nodes.results"
local settings = require "nodes.settings"
local sorted = require "util.sorted"
local util_err = require "util.err"

require "nodes.ctx_actions"
require "nodes.ctx_wait"

-- ---- labels of files ----

local function file_value(text, visibility, a, is_source, cfg)
  local info = provider.DefaultInfo { files = { a } }
  return {
    label = text, rule = { module = "@sky//", name = is_source and "source file" or "output" },
    providers = { DefaultInfo = info }, actions = {}, files = info.files,
    visibility = visibility, config = cfg or "~", only = a, is_source = is_source or nil,
  }
end

local function output_value(env, cfg, target)
  local owner = env:get(core.key("CONFIGURED_TARGET", { target.target, cfg }))
  if owner.needs then
    return { needs = owner.needs }
  end
  if owner.config ~= cfg then
    owner = env:get(core.key("CONFIGURED_TARGET", { target.target, owner.config }))
  end
  local pkg = label.split(target.label)
  local wanted = path.join(results.out_package(pkg), target.file)
  for _, action in ipairs(owner.actions) do
    for _, a in ipairs(action.outputs) do
      if a.short_path == wanted then
        local value = file_value(target.label, target.visibility, a, false, owner.config)
        value.below = { { target.target, owner.config } }
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
local function new_run(env, target, cfg, stage, def)
  local pkg, name = label.split(target.label)
  local dir = target.dir or pkg
  local repo, below = label.repo(pkg)
  local bin = config.bin_dir(cfg)
  local out = results.out_package(pkg)
  return {
    env = env, label = target.label, name = name, pkg = pkg, dir = dir, cfg = cfg, stage = stage,
    prefix = label.text(pkg, ""), refs = target.refs, def = def, bin_dir = bin,
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
      files = provider.DefaultInfo({ files = {} }).files, visibility = {}, config = run.cfg }
  end
  return results.value(run, target, returned)
end

local function set_of(names)
  local set = {}
  for _, name in ipairs(names) do
    set[name] = true
  end
  return set
end

-- Runs the rule knowing just what `cfg` knows; a value with `needs` when that was not enough.
local function analysed(env, target, cfg, stage, def, modules)
  local run = new_run(env, target, cfg, stage, def)
  run.used = set_of(def.config)
  local ok, value = pcall(function()
    run.values, run.entries = attributes.resolve(run, target.attrs, target.selects)
  end)
  if ok then
    -- this is the border where the errors of rule code get the target's place
    ok, value = pcall(analyse, run, target)
    value = ok and value or place_error(env, run.label, value)
  end
  if value == settings.UNKNOWN then
    return { needs = sorted.keys(run.needs) }
  elseif not ok then
    error(value, 0)
  end
  module.check_sealed(modules)
  for _, text in ipairs(stage and {} or run.warnings) do
    env:warn(text)
  end
  return value
end

-- What a target says under an id that says too much: its actions are those of its own id.
local function without_actions(value)
  local copy = {}
  for k, v in core.pairs(value) do
    copy[k] = v
  end
  copy.actions = {}
  return copy
end

-- The analysis under the part of `id` that the target reads: begun with what its rule is known to
-- read, and again with what it was found to need. Each attempt is a node of its own, so another
-- configuration that differs elsewhere finds them done.
local function rule_value(env, target, id)
  local cfg, stage = config.split(id)
  local def, modules = rule_of(env, target)
  if config.parse(cfg).whole then
    cfg = options.normal(env, cfg)
  end
  local names = set_of(def.config)
  while true do
    local part, unknown = config.restrict(cfg, names)
    if not part then
      return { needs = unknown }
    elseif part == cfg then
      return analysed(env, target, cfg, stage, def, modules)
    end
    local value = env:get(core.key("CONFIGURED_TARGET",
      { target.label, stage and config.staged(part, stage) or part }))
    if not value.needs then
      return without_actions(value)
    end
    for _, name in ipairs(value.needs) do
      names[name] = true
    end
  end
end

return function(env, arg)
  local text, id = arg[1], arg[2]
  local target = core.raw(env:get(core.key("TARGET", { text })))
  if target.kind == "source" then
    return file_value(text, target.visibility, artifact.source(target.path), true)
  elseif target.kind == "output" then
    return output_value(env, (config.split(id)), target)
  end
  return rule_value(env, target, id)
end
