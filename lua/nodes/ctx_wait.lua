--- Methods of ctx that wait for something, or tell the user something.
local analysis = require "nodes.analysis"
local artifact = require "model.artifact"
local context = require "util.context"
local core = require "core"
local ctx_of = require "nodes.ctx"
local dep = require "nodes.dep"
local depset = require "model.depset"
local label = require "model.label"
local list_of = require "util.list"
local place = require "util.place"
local provider = require "model.provider"
local settings = require "nodes.settings"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local target_ref = require "model.target_ref"
local util_err = require "util.err"
local visibility = require "model.visibility"
local walk = require "nodes.walk"

local methods = ctx_of.methods
local run_of = ctx_of.run_of

local function bad(what, message, hint)
  place.raise({ code = "E0238", message = ("ctx:%s: %s"):format(what, message), hint = hint },
    { name = what })
end

-- ---- read ----

local function digest_in(value, path)
  for _, output in ipairs(value.outputs) do
    if output.path == path then
      return output
    end
  end
end

-- Waits for the artifact; its entry in the value of its action, or the value of FILE.
local function built(run, a)
  local raw = core.raw(a)
  if raw.owner == run.label then
    analysis.before_own_read(run, a)
  end
  local value = context.get(run.env, artifact.key(a))
  if not raw.owner then
    return value
  end
  return digest_in(value, raw.path)
end

local function one_artifact(what, x)
  local entry = dep.entry(x)
  if entry then
    x = dep.executable(entry) or bad(what, entry.label .. " has not one file")
  end
  if not artifact.is(x) then
    bad(what, "it wants a file, not " .. util_err.kind(x))
  end
  return x
end

--- The text of a file, built before if need be.
function methods.read(ctx, x)
  local run = run_of(ctx)
  local a = one_artifact("read", x)
  local found = built(run, a)
  if not found or found.kind ~= "file" then
    bad("read", ("'%s' is no file"):format(core.raw(a).path))
  end
  return core.read(core.raw(a).path, found.digest)
end

-- ---- glob_dir ----

local function to_lua_pattern(glob)
  local out = glob:gsub("[%^%$%(%)%%%.%+%-]", "%%%0"):gsub("%*%*/?", "\0"):gsub("%*", "[^/]*")
    :gsub("%?", "[^/]"):gsub("%z", ".*")
  return "^" .. out .. "$"
end

-- Names come from an action of their own: what a directory of outputs holds is known only to
-- who ran behind the action that makes it.
local LIST = 'cd "$0" && find . ! -type d | LC_ALL=C sort > "$OLDPWD/$1"'

local function listing_of(ctx, a)
  local run = run_of(ctx)
  local out = methods.declare_file(ctx, ("_lists/%s/%d"):format(run.name, #run.actions + 1))
  methods.run(ctx, { mnemonic = "List", message = "Listing " .. core.raw(a).path,
    argv = { "/bin/sh", "-c", LIST, a, out }, inputs = { a }, outputs = { out } })
  return methods.read(ctx, out)
end

--- The files of a directory that an action makes, as paths relative to it, sorted.
function methods.glob_dir(ctx, x, pattern)
  local a = one_artifact("glob_dir", x)
  if pattern ~= nil and type(pattern) ~= "string" then
    bad("glob_dir", "the pattern is a string")
  elseif not core.raw(a).dir then
    bad("glob_dir", ("'%s' is no directory"):format(core.raw(a).path),
      "directories come from ctx:declare_directory")
  end
  pattern = to_lua_pattern(pattern or "**")
  local names = {}
  for name in listing_of(ctx, a):gmatch("%./([^\n]+)") do
    if name:find(pattern) then
      names[#names + 1] = name
    end
  end
  return names
end

-- ---- await ----

local function label_of(run, x)
  local text = target_ref.text(x) or (dep.entry(x) or {}).label
  if not text and type(x) == "string" then
    local why
    text, why = label.resolve(x, run.pkg)
    if not text then
      place.raise({ code = "E0212", message = ("'%s' is not a label: %s"):format(x, why) },
        { text = x })
    end
  end
  return text or bad("await", "it wants labels, not " .. util_err.kind(x))
end

-- The target behind a look-up; unknown labels get the place of the call.
local function target_of(text, found)
  local e = found.error
  if not e then
    return core.raw(found.value)
  elseif (e.code == "E0213" or e.code == "E0214") and not e.file then
    place.raise({ code = e.code, message = e.message, hint = e.hint }, { text = text })
  end
  error(e, 0)
end

local function await_all(run, list)
  local keys, texts = {}, {}
  for i, x in ipairs(core.raw(list)) do
    texts[i] = label_of(run, x)
    keys[i] = core.key("CONFIGURED_TARGET", { texts[i], run.cfg })
  end
  local out, targets, needs = {}, {}, {}
  for i, found in ipairs(context.get_all_or_error(run.env, keys)) do
    targets[i] = target_of(texts[i], found)
    list_of.append(needs, targets[i].needs and core.raw(targets[i].needs) or {})
  end
  if #needs > 0 then
    settings.need(run, needs)
  end
  for i, target in ipairs(targets) do
    settings.use(run, target)
    local pkg = label.split(texts[i])
    if not visibility.allows(target.visibility, pkg, run.pkg) then
      place.raise({ code = "E0218", message = ("%s is not visible to the package '%s'"):format(
        texts[i], label.shown_package(run.pkg)) }, { name = "await" })
    end
    out[i] = dep.new(target.is_source and { label = texts[i], source = target.only }
      or { label = texts[i], target = target, only = target.only })
  end
  return out
end

--- Another target's providers: await(label), or a list of them, asked for together.
function methods.await(ctx, x)
  local run = run_of(ctx)
  if ctx_of.is_table(x) then
    return await_all(run, x)
  end
  return await_all(run, { x })[1]
end

-- ---- keys of libraries ----

local function check_key(key)
  local t = type(key)
  if (t ~= "userdata" and t ~= "table") or core.is_depset(key) or core.tag_of(key) then
    bad("get", "it wants a key, not " .. util_err.kind(key),
      "keys are made by the functions that node_function returns")
  end
  return key
end

--- The value of a key, or a list of values for a list of keys.
function methods.get(ctx, key)
  local run = run_of(ctx)
  if ctx_of.is_table(key) then
    local keys = {}
    for i, k in ipairs(core.raw(key)) do
      keys[i] = check_key(k)
    end
    return context.get_all(run.env, keys)
  end
  return context.get(run.env, check_key(key))
end

-- ---- collect ----

local function add_value(v, direct, transitive)
  if core.is_depset(v) then
    transitive[#transitive + 1] = v
  elseif ctx_of.is_table(v) then
    for _, x in ipairs(core.raw(v)) do
      direct[#direct + 1] = x
    end
  elseif v ~= nil then
    direct[#direct + 1] = v
  end
end

local function collect_field(instances, field, order)
  local direct, transitive = {}, {}
  for _, instance in ipairs(instances) do
    add_value(instance[field], direct, transitive)
  end
  return depset.new(direct, transitive, order)
end

-- Of all that can be reached through deps, whatever rules stand between.
local function instances_below(run, def)
  local out = {}
  for _, target in ipairs(walk.targets(run.env, run.below)) do
    local instance = target.providers[def.id]
    if instance then
      out[#out + 1] = core.raw(instance)
    end
  end
  return out
end

local function instances_of(deps, def)
  local out = {}
  if not ctx_of.is_table(deps) then
    bad("collect", "it wants a list of targets, not " .. util_err.kind(deps))
  end
  for _, d in ipairs(core.raw(deps)) do
    local entry = dep.entry(d)
    if not entry then
      bad("collect", "it wants targets, and one is " .. util_err.kind(d))
    end
    local instance = entry.target and entry.target.providers[def.id]
    if instance then
      out[#out + 1] = core.raw(instance)
    end
  end
  return out
end

local DATA = {}

-- The result of collect: each field is made when it is looked at.
local Collected = {
  __metatable = false,
  __index = function(self, field)
    local data = rawget(self, DATA)
    if not data.def.fields[field] then
      place.raise({ code = "E0227",
        message = ("%s has no field '%s'"):format(data.def.name, tostring(field)),
        hint = suggest.hint(tostring(field), sorted.keys(data.def.fields)) },
        { name = tostring(field) })
    end
    local value = collect_field(data.instances, field, data.order)
    rawset(self, field, value)
    return value
  end,
  __newindex = function()
    place.raise { code = "E0224", message = "what ctx:collect returns cannot be changed" }
  end,
}

--- For every field of a provider one depset: collect(deps, MyInfo) from those of `deps` that have
--- it; collect(MyInfo) from all targets that this one leads to through `deps`, also where the
--- rules between know nothing of it.
function methods.collect(ctx, deps, constructor, order)
  local run = run_of(ctx)
  local everywhere = provider.def(deps) ~= nil
  if everywhere then
    constructor, order = deps, constructor
  end
  local def = provider.def(constructor)
  if not def or not def.fields then
    bad("collect", "it wants a provider with fields, not " .. util_err.kind(constructor),
      "write ctx:collect(ctx.attr.deps, MyInfo)")
  end
  local instances = everywhere and instances_below(run, def) or instances_of(deps, def)
  return setmetatable({ [DATA] = { def = def, order = order, instances = instances } }, Collected)
end

-- ---- telling ----

local FAIL_OPTIONS = { attr = true, value = true, hint = true, help = true, code = true }

--- Ends the rule with an error at the target, or at its attribute `attr`.
function methods.fail(ctx, message, options)
  run_of(ctx)
  options = options or {}
  if type(message) ~= "string" or not ctx_of.is_table(options) then
    bad("fail", "it wants a message and a table of options",
      'write ctx:fail("what is wrong", { attr = "srcs", hint = "what to do" })')
  end
  for k in core.pairs(options) do
    if not FAIL_OPTIONS[k] then
      bad("fail", ("there is no option '%s'"):format(tostring(k)),
        suggest.hint(tostring(k), sorted.keys(FAIL_OPTIONS)) or "there is attr, hint, value")
    end
  end
  error({ code = options.code or "E0230", message = message, hint = options.hint or options.help,
    at_target = true, attr = options.attr, value = options.value }, 0)
end

function methods.warn(ctx, message)
  local run = run_of(ctx)
  run.warnings[#run.warnings + 1] = ("%s: %s"):format(run.label, tostring(message))
end

return methods
