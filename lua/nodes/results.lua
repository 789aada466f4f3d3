--- What a rule function returned, checked and made into the value of CONFIGURED_TARGET.
local analysis = require "nodes.analysis"
local core = require "core"
local label = require "model.label"
local list = require "util.list"
local provider = require "model.provider"
local util_err = require "util.err"

local M = {}

local raw = core.raw

--- The directory of a package's outputs below sky-out/bin.
---@param pkg string package id
---@return string
function M.out_package(pkg)
  local repo, dir = label.repo(pkg)
  if repo == "" then
    return dir
  end
  return "external/" .. repo .. (dir == "" and "" or "/" .. dir)
end

local function bad(run, message, hint)
  error({ code = "E0239", message = ("the rule %s: %s"):format(run.def.name, message), hint = hint,
    at_target = true }, 0)
end

local function add_instance(run, x, out)
  local id = provider.id_of(x)
  if not id then
    bad(run, "impl returns a list of providers, and one is " .. util_err.kind(x),
      "return { DefaultInfo { files = { ... } } }")
  elseif out[id] then
    bad(run, "impl returns two " .. provider.short(id))
  end
  out[id] = x
end

local function instances(run, returned)
  local out = {}
  if returned == nil then
    return out
  end
  if provider.id_of(returned) then
    add_instance(run, returned, out)
    return out
  end
  if type(returned) ~= "table" or core.tag_of(returned) then
    bad(run, "impl returns a list of providers, not " .. util_err.kind(returned))
  end
  local items = raw(returned)
  for k, v in core.pairs(items) do
    if type(k) ~= "number" then
      bad(run, ("impl returns a list of providers, without the key '%s'"):format(tostring(k)))
    elseif v ~= false then
      add_instance(run, v, out)
    end
  end
  return out
end

-- Without a DefaultInfo, the files that attributes name as outputs are what is built.
local function default_info(run, target)
  local files = {}
  for _, key in ipairs(run.def.outputs) do
    local v = target.attrs[key]
    for _, file in ipairs(type(v) == "string" and { v } or v and raw(v) or {}) do
      files[#files + 1] = run.made[file]
    end
  end
  return provider.DefaultInfo { files = files }
end

local function check_promised(run, target, found)
  for _, id in ipairs(run.def.provides) do
    if not found[id] then
      bad(run, ("it promises %s and did not return it"):format(provider.short(id)))
    end
  end
  for _, key in ipairs(run.def.outputs) do
    local v = target.attrs[key]
    for _, file in ipairs(type(v) == "string" and { v } or v and raw(v) or {}) do
      if not run.made[file] then
        bad(run, ("no action makes '%s', which '%s' names"):format(file, key))
      end
    end
  end
end

-- ---- tests ----

local function test_argv(run, info)
  if info.argv then
    return raw(info.argv)
  elseif not info.executable then
    bad(run, "TestInfo needs executable or argv")
  end
  local argv = { info.executable }
  return list.append(argv, info.args and raw(info.args) or {})
end

local function add_test(run, found)
  local info = found.TestInfo
  local default = found.DefaultInfo
  if not info then
    if run.def.test then
      bad(run, "it is a test, and returns no TestInfo")
    end
    return nil
  end
  local inputs = { default.runfiles, info.data }
  inputs[#inputs + 1] = info.executable
  return analysis.add_action(run, { kind = "test", argv = test_argv(run, info), inputs = inputs,
    outputs = {}, env = info.env or {}, env_inherit = info.env_inherit, mnemonic = "Test",
    message = "Testing " .. run.label, timeout = info.timeout or 300 })
end

--- The value of the node.
---@param run Run
---@param target table value of TARGET
---@param returned any
---@return table
function M.value(run, target, returned)
  local found = instances(run, returned)
  check_promised(run, target, found)
  found.DefaultInfo = found.DefaultInfo or default_info(run, target)
  local test = add_test(run, found)
  return { label = run.label, rule = target.rule, providers = found, actions = run.actions,
    files = found.DefaultInfo.files, visibility = target.visibility, config = run.cfg,
    test = test, below = run.below }
end

return M
