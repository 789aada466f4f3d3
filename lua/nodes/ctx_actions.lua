--- Methods of ctx that declare files and actions.
local analysis = require "nodes.analysis"
local args = require "model.args"
local artifact = require "model.artifact"
local context = require "util.context"
local core = require "core"
local ctx_of = require "nodes.ctx"
local dep = require "nodes.dep"
local label = require "model.label"
local place = require "util.place"
local shell = require "model.shell"
local sorted = require "util.sorted"
local suggest = require "util.suggest"
local util_err = require "util.err"

local methods = ctx_of.methods
local run_of = ctx_of.run_of

local function bad(what, message, key, hint)
  place.raise({ code = "E0228", message = ("ctx:%s: %s"):format(what, message), hint = hint },
    { key = key, name = what })
end

-- ---- checking the tables of calls ----

local FIELDS = {
  argv = "list", tool = "file", args = "list", inputs = "files", outputs = "list", tools = "files",
  may_read = "files", depfile = "file", env = "table", env_inherit = "table",
  mnemonic = "string", message = "string", progress = "string", pool = "string",
  timeout = "integer", network = "boolean", execution = "table", jobserver = "boolean",
}

local SHELL_FIELDS = { cmd = "string", command = "string" }
for k, v in sorted.pairs(FIELDS) do
  if k ~= "argv" and k ~= "tool" then
    SHELL_FIELDS[k] = v
  end
end

local function fits(want, v)
  if want == "integer" then
    return math.type(v) == "integer"
  end
  return (want ~= "string" and want ~= "boolean" and want ~= "table") or type(v) == want
end

-- Finds the first mistake, in a fixed order.
local function wrong_spec(what, spec, known)
  for k, v in core.pairs(spec) do
    local want = known[k]
    if not want then
      bad(what, ("there is no field '%s'"):format(tostring(k)), tostring(k),
        suggest.hint(tostring(k), sorted.keys(known)))
    elseif not fits(want, v) then
      bad(what, ("'%s' wants %s %s, not %s"):format(k, want == "integer" and "an" or "a", want,
        util_err.kind(v)), k)
    end
  end
end

local function check_spec(what, spec, known)
  if not ctx_of.is_table(spec) then
    bad(what, "it takes one table, not " .. util_err.kind(spec), nil,
      ("write ctx:%s { ... }"):format(what))
  end
  -- the order cannot be seen: nothing is made of it
  for k, v in next, core.raw(spec) do
    local want = known[k]
    if not want or not fits(want, v) then
      wrong_spec(what, spec, known)
    end
  end
end

-- ---- words and files ----

local function add_words(what, list, out)
  list = core.raw(list)
  for i = 1, #list do
    local x = list[i]
    local word = args.word(x)
    local entry = word == nil and dep.entry(x)
    if word ~= nil then
      out[#out + 1] = word
    elseif args.is(x) then
      out[#out + 1] = args.data(x)
    elseif entry then
      out[#out + 1] = dep.executable(entry)
        or bad(what, entry.label .. " has not one file that could be a word", "argv")
    elseif ctx_of.is_table(x) then
      add_words(what, x, out)
    elseif x == nil then
      bad(what, ("element %d of argv is nil"):format(i), "argv")
    elseif x ~= false then
      bad(what, ("element %d of argv is %s"):format(i, util_err.kind(x)), "argv",
        core.is_depset(x) and "use ctx:args():add_all(depset)" or nil)
    end
  end
  return out
end

local function words(what, v)
  if args.is(v) then
    return { args.data(v) }
  elseif not ctx_of.is_table(v) then
    bad(what, "'argv' wants a list, not " .. util_err.kind(v), "argv",
      type(v) == "string" and "for a shell command use ctx:run_shell { cmd = ... }" or nil)
  end
  return add_words(what, v, {})
end

local add_files

local function add_file(what, key, x, out, i)
  local entry = dep.entry(x)
  if artifact.is(x) or core.is_depset(x) then
    out[#out + 1] = x
  elseif entry then
    out[#out + 1] = entry.source or entry.only or entry.target.files
  elseif ctx_of.is_table(x) then
    add_files(what, key, x, out)
  elseif x == nil then
    bad(what, ("element %d of '%s' is nil"):format(i, key), key)
  elseif x ~= false then
    bad(what, ("'%s' wants files, and element %d is %s"):format(key, i, util_err.kind(x)), key,
      type(x) == "string" and "files of a target come from ctx.files, outputs from "
        .. "ctx:declare_file" or nil)
  end
end

function add_files(what, key, list, out)
  list = core.raw(list)
  for i = 1, #list do
    add_file(what, key, list[i], out, i)
  end
  return out
end

local function files(what, key, v)
  if v == nil then
    return nil
  elseif core.is_depset(v) or artifact.is(v) or dep.entry(v) then
    v = { v }
  elseif not ctx_of.is_table(v) then
    bad(what, ("'%s' wants a list of files, not %s"):format(key, util_err.kind(v)), key)
  end
  return add_files(what, key, v, {})
end

local function outputs(what, v)
  local list = files(what, "outputs", v) or {}
  for i, a in ipairs(list) do
    if not artifact.is(a) then
      bad(what, ("element %d of 'outputs' is a depset"):format(i), "outputs")
    end
  end
  if #list == 0 then
    bad(what, "an action needs outputs", "outputs", "outputs = { ctx:declare_file(...) }")
  end
  return list
end

local function one_file(what, key, v)
  local entry = dep.entry(v)
  if entry then
    return dep.executable(entry) or bad(what, entry.label .. " has not one file", key)
  elseif not artifact.is(v) then
    bad(what, ("'%s' wants a file, not %s"):format(key, util_err.kind(v)), key)
  end
  return v
end

local function environment(what, env)
  local out = {}
  for k, v in core.pairs(env or {}) do
    if type(k) ~= "string" then
      bad(what, "'env' is a map from names to values", "env",
        "names of the caller's variables stand in env_inherit = { ... }")
    end
    local word = args.word(v)
    out[k] = type(word) == "string" and word or word and core.raw(word).path
      or bad(what, ("env.%s is %s"):format(k, util_err.kind(v)), "env")
  end
  return out
end

local function plain_list(v)
  local out = {}
  for i, x in ipairs(v or {}) do
    out[i] = x
  end
  return #out > 0 and out or nil
end

-- ---- run ----

-- argv from argv, or from tool and args.
local function command(what, spec, tools)
  local argv
  if spec.tool ~= nil then
    argv = { type(spec.tool) == "string" and spec.tool or one_file(what, "tool", spec.tool) }
    for _, word in ipairs(spec.args ~= nil and words(what, spec.args) or {}) do
      argv[#argv + 1] = word
    end
  else
    argv = words(what, spec.argv == nil and bad(what, "it needs argv = { ... }") or spec.argv)
  end
  if #argv == 0 then
    bad(what, "argv is empty", "argv")
  end
  if artifact.is(argv[1]) then
    table.insert(tools, 1, argv[1])
  end
  return argv
end

-- How many actions of this pool run at once; nil when none is named.
local function pool_depth(run, what, name)
  if name == nil or name == "console" then
    return name and 1
  end
  local pools = context.get(run.env, core.key("WORKSPACE", "")).pools
  if not pools[name] then
    local known = sorted.keys(pools)
    known[#known + 1] = "console"
    place.raise({ code = "E0249", message = ("ctx:%s: there is no pool '%s'"):format(what, name),
      hint = suggest.hint(name, known)
        or ('declare it in WORKSPACE.lua: pool { name = "%s", depth = 2 }'):format(name) },
      { key = "pool", name = what })
  end
  return pools[name]
end

local function record_of(run, what, spec, kind)
  local tools = files(what, "tools", spec.tools) or {}
  return {
    pool_depth = pool_depth(run, what, spec.pool), jobserver = spec.jobserver,
    kind = kind, argv = command(what, spec, tools), tools = #tools > 0 and tools or nil,
    inputs = files(what, "inputs", spec.inputs) or {},
    may_read = files(what, "may_read", spec.may_read),
    depfile = spec.depfile ~= nil and one_file(what, "depfile", spec.depfile) or nil,
    env = environment(what, spec.env), env_inherit = plain_list(spec.env_inherit),
    mnemonic = spec.mnemonic, message = spec.message, progress = spec.progress, pool = spec.pool,
    timeout = spec.timeout, network = spec.network, execution = spec.execution,
  }
end

function methods.run(ctx, spec)
  local run = run_of(ctx)
  check_spec("run", spec, FIELDS)
  local record = record_of(run, "run", spec)
  record.outputs = outputs("run", spec.outputs)
  analysis.add_action(run, record)
  return table.unpack(record.outputs)
end

function methods.run_shell(ctx, spec)
  local run = run_of(ctx)
  check_spec("run_shell", spec, SHELL_FIELDS)
  local cmd = spec.cmd or spec.command or bad("run_shell", "it needs cmd = \"...\"")
  local copy = {}
  for k, v in core.pairs(spec) do
    copy[k] = v
  end
  local plain = copy.args == nil and shell.words(cmd)
  copy.argv = plain or { "/bin/sh", "-e", "-c", cmd, "sh", copy.args or {} }
  copy.args = nil
  local record = record_of(run, "run_shell", copy)
  record.shell = plain and true or nil
  record.outputs = outputs("run_shell", spec.outputs)
  analysis.add_action(run, record)
  return table.unpack(record.outputs)
end

-- ---- files without a command ----

local function simple(ctx, what, record)
  local run = run_of(ctx)
  record.outputs = { one_file(what, "output", record.output) }
  record.output = nil
  analysis.add_action(run, record)
  return record.outputs[1]
end

local function output_of(ctx, out)
  return type(out) == "string" and methods.declare_file(ctx, out) or out
end

local function text_of(what, text)
  if type(text) == "table" and ctx_of.is_table(text) then
    local lines = {}
    for i, line in ipairs(core.raw(text)) do
      lines[i] = type(line) == "string" and line
        or bad(what, "a list as text has strings", "text")
    end
    return table.concat(lines, "\n") .. "\n"
  elseif type(text) ~= "string" then
    bad(what, "the text is a string or a list of lines, not " .. util_err.kind(text), "text")
  end
  return text
end

-- ctx:write(file, text [, { executable = true }]); also one table {output=, text=, executable=}
function methods.write(ctx, out, text, options)
  if ctx_of.is_table(out) and not artifact.is(out) then
    check_spec("write", out, { output = "file", text = "text", executable = "boolean",
      mnemonic = "string" })
    out, text, options = out.output, out.text, out
  end
  options = options or {}
  return simple(ctx, "write", { kind = "write", output = output_of(ctx, out),
    text = text_of("write", text), executable = options.executable or nil, inputs = {},
    mnemonic = options.mnemonic or "Write" })
end

function methods.copy(ctx, from, out)
  from = one_file("copy", "from", from)
  return simple(ctx, "copy", { kind = "copy", output = output_of(ctx, out), inputs = { from },
    mnemonic = "Copy" })
end

function methods.symlink(ctx, target, out)
  target = one_file("symlink", "target", target)
  return simple(ctx, "symlink", { kind = "symlink", output = output_of(ctx, out),
    inputs = { target }, mnemonic = "Symlink" })
end

function methods.expand_template(ctx, spec)
  check_spec("expand_template", spec, { template = "file", output = "file",
    substitutions = "table", executable = "boolean" })
  local map = {}
  for k, v in core.pairs(spec.substitutions or {}) do
    local word = args.word(v)
    map[k] = type(word) == "string" and word
      or bad("expand_template", ("the value for '%s' is no string"):format(tostring(k)),
        "substitutions")
  end
  return simple(ctx, "expand_template", { kind = "template",
    output = output_of(ctx, spec.output), inputs = {
      one_file("expand_template", "template", spec.template) }, substitutions = map,
    executable = spec.executable, mnemonic = "Template" })
end

-- ---- declaring ----

local function declare(ctx, what, name, is_dir)
  local run = run_of(ctx)
  if type(name) ~= "string" then
    bad(what, "it wants a name, not " .. util_err.kind(name))
  end
  local problem = label.name_problem(name)
  if problem then
    bad(what, ("'%s' %s"):format(name, problem), nil,
      "outputs are named relative to the package's output directory")
  end
  return analysis.declare(run, name, is_dir)
end

function methods.declare_file(ctx, name)
  return declare(ctx, "declare_file", name, nil)
end

function methods.declare_directory(ctx, name)
  return declare(ctx, "declare_directory", name, true)
end

function methods.args()
  return args.new()
end

return { record_of = record_of }
