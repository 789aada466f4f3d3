--- A random workspace as data: what its files hold, and what each action reads.
--
-- The model knows enough to say, after a build, what every action was made of
-- (its key); it does not know how skylua decides.
local disk = require "spec.oracle.disk"
local rng_of = require "spec.oracle.rng"

local M = {}

local PACKAGES = { "", "p", "p/q", "r" }
local WORDS = { "one", "two", "three" }

--- Fails when an input says so; shows contents and the exec bit of all inputs.
local SHOW = "for f in $(in); do if [ -d $f ]; then (cd $f && find . ! -type d | sort | xargs cat);"
  .. " else cat $f; [ ! -x $f ] || echo x; fi; done"
local STYLES = {
  sum = "{ echo %s; " .. SHOW .. "; } | if grep -q BAD; then exit 1; fi; { echo %s; " .. SHOW
    .. "; } | cksum > $(out)",
  lines = "{ echo %s; " .. SHOW .. "; } | if grep -q BAD; then exit 1; fi; { echo %s; " .. SHOW
    .. "; } | wc -l > $(out)",
  two = "set -- $(out); echo %s > $1; { echo %s; " .. SHOW .. "; } | cksum > $2",
  slow = "sleep 0.03; { echo %s %s; " .. SHOW .. "; } > $(out)",
  env = "{ echo %s %s $ORACLE; " .. SHOW .. "; } > $(out)",
}
local STYLE_NAMES = { "sum", "sum", "lines", "two", "slow", "env" }

local MIX = [[
-- note %d
local SHOW = "out=$1; shift; for f; do if [ -d $f ]; then (cd $f && find . ! -type d | sort "
  .. "| xargs cat); else cat $f; fi; done > $out"
local function sh(ctx, name, cmd, inputs, out)
  ctx:run { mnemonic = name, argv = { "sh", "-c", cmd, "sh", out, inputs }, inputs = inputs,
    outputs = { out } }
  return out
end
local mix = rule {
  attrs = { srcs = attr.label_list { allow_files = true }, salt = attr.string {} },
  impl = function(ctx)
    local salt = ctx:write(ctx.name .. ".w", ctx.attr.salt .. " %s " .. ctx.config.mode .. "\n")
    local m = sh(ctx, "Mix", SHOW, { salt, ctx.files.srcs }, ctx:declare_file(ctx.name .. ".m"))
    local c = ctx:copy(m, ctx.name .. ".c")
    local l = ctx:symlink(c, ctx.name .. ".l")
    local d = sh(ctx, "Tree", "mkdir -p $1/sub; wc -l < $2 > $1/sub/n; cp $2 $1/a.txt", { m },
      ctx:declare_directory(ctx.name .. ".d"))
    local t = ctx:declare_file(ctx.name .. ".t")
    ctx:expand_template { template = m, output = t, substitutions = { a = "<A>", ["\n"] = "|" } }
    return { DefaultInfo { files = { c, l, d, t } } }
  end,
}
local dyn = rule {
  attrs = { plan = attr.label { allow_single_file = true }, pool = attr.string {} },
  impl = function(ctx)
    local plan = sh(ctx, "Plan", "tr -cd 'a-z\n' < $2 | sort -u > $1", { ctx.file.plan },
      ctx:declare_file(ctx.name .. ".plan"))
    local labels = {}
    for word in ctx:read(plan):gmatch("%%l+") do labels[#labels + 1] = ctx.attr.pool .. word end
    local parts = {}
    for i, dep in ipairs(ctx:await(labels)) do
      local file = dep[DefaultInfo].files:to_list()[1]
      parts[i] = sh(ctx, "Part", "cp $2 $1", { file }, ctx:declare_file(ctx.name .. "." .. i))
    end
    local out = sh(ctx, "Join", "out=$1; shift; cat \"$@\" /dev/null > $out", parts,
      ctx:declare_file(ctx.name .. ".all"))
    return { DefaultInfo { files = { out } } }
  end,
}
return { mix = mix, dyn = dyn }
]]

-- ---- making one ----

local function join(dir, name)
  if dir == "" or name == "" then return dir .. name end
  return dir .. "/" .. name
end
M.join = join

local function random_text(rng)
  local lines = {}
  for i = 1, rng:int(3) do lines[i] = ("%d"):format(1000 + rng:int(8999)) end
  return table.concat(lines, "\n") .. "\n"
end
M.random_text = random_text

local function add_package(model, pkg, rng)
  local files = model.files
  for i = 1, 2 + rng:int(2) do
    files[join(pkg, "s" .. i .. ".txt")] = { text = random_text(rng) }
  end
  files[join(pkg, "l.txt")] = { link = "s1.txt" }
  files[join(pkg, "d/a.txt")] = { text = random_text(rng) }
  files[join(pkg, "d/b.txt")] = { text = random_text(rng) }
  files[join(pkg, "d/e/c.txt")] = { text = random_text(rng) }
  files[join(pkg, "dl")] = { link = "d" }
  files[join(pkg, "list")] = { text = rng:pick(WORDS) .. "\n" .. rng:pick(WORDS) .. "\n" }
end

--- What a target may name.
---@param model Model
---@param rng Rng
---@return table  a Src
function M.random_src(model, rng)
  local n = rng:int(10)
  if n <= 4 and #model.targets > 0 then return { target = rng:pick(model.targets).id } end
  if n == 5 then return { glob = rng:pick { "d/*.txt", "**/*.txt", "dl/*.txt", "s*.txt" } } end
  return { file = rng:pick { "s1.txt", "s2.txt", "s3.txt", "l.txt", "d/a.txt", "dl/b.txt" } }
end

local function random_srcs(model, rng)
  local srcs = {}
  for i = 1, rng:int(3) do srcs[i] = M.random_src(model, rng) end
  return srcs
end

--- A new target; it refers only to those before it.
---@param model Model
---@param rng Rng
---@return table
function M.random_target(model, rng)
  local pkg = rng:pick(PACKAGES)
  model.next_id = model.next_id + 1
  local t = { id = model.next_id, pkg = pkg, name = "t" .. model.next_id, salt = "a" }
  local n = rng:int(12)
  t.kind = n <= 7 and "gen" or n <= 9 and "mix" or n == 10 and "dyn" or "group"
  if t.kind == "dyn" then
    t.srcs = { { file = "list" } }
  else
    t.srcs = random_srcs(model, rng)
  end
  if t.kind == "gen" then
    t.style = rng:pick(STYLE_NAMES)
    t.outs = t.style == "two" and { t.name .. ".1", t.name .. ".2" } or { t.name .. ".out" }
    t.chosen = rng:chance(5)
  end
  return t
end

--- headers and sources of package "c"; //c:gen.h is generated
local C_FILES = {
  ["c/lib.h"] = "int lib(void);\n",
  ["c/priv.h"] = "#define PRIV 1\n",
  ["c/lib.c"] = '#include "lib.h"\n#include "gen.h"\n#include "priv.h"\nint lib(void) '
    .. "{ return GEN + PRIV; }\n",
  ["c/main.c"] = '#include "lib.h"\nint main(void) { return lib(); }\n',
  ["c/seed"] = "3\n",
}

---@class Model
---@field files table<string, Source>
---@field targets table[]  each refers only to those before it
---@field notes table<string, integer>  comments in BUILD.lua files
---@field broken table<string, string>  text behind them
---@field rule_note integer
---@field rule_salt string
---@field env string
---@field c? table  { copts = , defines = } of package c

--- The workspace of a seed. `keep`: ids of the targets that stay (for the shrinker).
---@param seed integer
---@param keep? table<integer, boolean>
---@return Model
function M.new(seed, keep)
  local rng = rng_of.new(seed)
  local model = { files = {}, targets = {}, notes = {}, broken = {}, rule_note = 1,
    rule_salt = "r", env = "e", next_id = 0 }
  for _, pkg in ipairs(PACKAGES) do add_package(model, pkg, rng) end
  for _ = 1, 4 + rng:int(9) do model.targets[#model.targets + 1] = M.random_target(model, rng) end
  if rng:chance(5) then
    model.c = { define = "1" }
    for path, text in pairs(C_FILES) do model.files[path] = { text = text } end
  end
  if keep then
    for i = #model.targets, 1, -1 do
      if not keep[model.targets[i].id] then table.remove(model.targets, i) end
    end
    if not keep[0] then model.c = nil end
  end
  return model
end

-- ---- its BUILD.lua files ----

local function label_of(model, id)
  for _, t in ipairs(model.targets) do
    if t.id == id then return "//" .. t.pkg .. ":" .. t.name end
  end
  return "//:t" .. id
end

local function srcs_text(model, srcs)
  local words = {}
  for i, s in ipairs(srcs) do
    words[i] = s.file and ("%q"):format(s.file) or s.glob and ("glob { %q }"):format(s.glob)
      or ("%q"):format(label_of(model, s.target))
  end
  return "{ " .. table.concat(words, ", ") .. " }"
end

local function target_text(model, t)
  local srcs = srcs_text(model, t.srcs)
  if t.kind == "group" then return ("filegroup { name = %q, srcs = %s }"):format(t.name, srcs) end
  if t.kind == "mix" then
    return ("mix.mix { name = %q, srcs = %s, salt = %q }"):format(t.name, srcs, t.salt)
  elseif t.kind == "dyn" then
    return ('mix.dyn { name = %q, plan = "list", pool = "//pool:" }'):format(t.name)
  end
  local outs = { }
  for i, out in ipairs(t.outs) do outs[i] = ("%q"):format(out) end
  local cmd = ("%q"):format((STYLES[t.style]:gsub("%%s", t.salt)))
  if t.chosen then
    cmd = ('select { ["//:dbg"] = %q .. %s, ["mark=on"] = "true on; " .. %s, default = %s }')
      :format("true debug; ", cmd, cmd, cmd)
  end
  return ("genrule { name = %q, srcs = %s, outs = { %s }, cmd = %s%s }"):format(t.name, srcs,
    table.concat(outs, ", "), cmd, t.style == "env" and ', env = { "ORACLE" }' or "")
end

local C_BUILD = [[
genrule { name = "gen", srcs = { "seed" }, outs = { "gen.h" },
  cmd = "echo \"#define GEN $(head -n 1 $(in))\" > $(out)" }
cc_library { name = "lib", srcs = { "lib.c", "priv.h" }, hdrs = { "lib.h", "gen.h" },
  local_defines = { "D=%s" } }
cc_binary { name = "main", srcs = { "main.c" }, deps = { ":lib" } }
]]

local function build_text(model, pkg)
  local lines = { "-- note " .. (model.notes[pkg] or 0),
    'package { default_visibility = { "//visibility:public" } }',
    'local mix = load "//tools/mix.lua"' }
  if pkg == "" then
    lines[#lines + 1] = 'config_setting { name = "dbg", values = { mode = "debug" } }'
  end
  for _, t in ipairs(model.targets) do
    if t.pkg == pkg then lines[#lines + 1] = target_text(model, t) end
  end
  lines[#lines + 1] = "mix = mix" .. (model.broken[pkg] or "")
  return table.concat(lines, "\n") .. "\n"
end

local function pool_text()
  local lines = { 'package { default_visibility = { "//visibility:public" } }' }
  for _, word in ipairs(WORDS) do
    lines[#lines + 1] = ('genrule { name = %q, srcs = { "%s.txt" }, outs = { "%s.out" }, '
      .. 'cmd = "cp $(in) $(out)" }'):format(word, word, word)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Everything that should lie in the workspace.
---@param model Model
---@return table<string, Source>
function M.render(model)
  local files = {}
  for path, source in pairs(model.files) do files[path] = source end
  for _, pkg in ipairs(PACKAGES) do
    files[join(pkg, "BUILD.lua")] = { text = build_text(model, pkg) }
  end
  files["WORKSPACE.lua"] = { text = 'option { name = "mark", default = "off" }\n' }
  files["tools/mix.lua"] = { text = MIX:format(model.rule_note, model.rule_salt) }
  files["pool/BUILD.lua"] = { text = pool_text() }
  for _, word in ipairs(WORDS) do
    local path = "pool/" .. word .. ".txt"
    files[path] = model.files[path] or { text = word .. "\n" }
  end
  if model.c then
    files["c/BUILD.lua"] = { text = 'package { default_visibility = { "//visibility:public" } }\n'
      .. C_BUILD:format(model.c.define) }
  end
  return files
end

-- ---- what its actions read ----

---@class World  a model on disk, under one configuration
---@field model Model
---@field root string
---@field mode string
---@field mark string
---@field env string

local function is_package(world, dir)
  return disk.read(world.root .. "/" .. join(dir, "BUILD.lua")) ~= nil
end

--- Adds what `dir` has: files ending in .txt, and with `deep` what lies below.
local function walk(world, pkg, dir, deep, prefix, out)
  local full = join(pkg, dir)
  if dir ~= "" and is_package(world, full) then return end
  for _, name in ipairs(disk.names(world.root .. "/" .. (full == "" and "." or full))) do
    local path = world.root .. "/" .. join(full, name)
    local kind = disk.signature(path):match("^%l+")
    local hidden = full == "" and name == "sky-out"
    if kind == "dir" and deep and not hidden then
      walk(world, pkg, join(dir, name), deep, prefix, out)
    elseif name:find("%.txt$") and name:sub(1, #prefix) == prefix
      and disk.content(path):find("^file") then
      out[#out + 1] = join(full, name)
    end
  end
end

local function glob(world, pkg, pattern)
  local out = {}
  local dir = pattern:match("^(.*)/[^/]*$") or ""
  if dir == "**" then
    walk(world, pkg, "", true, "", out)
  else
    walk(world, pkg, dir, false, pattern:match("s%*") and "s" or "", out)
  end
  table.sort(out)
  return out
end

local function target_of(world, id)
  for _, t in ipairs(world.model.targets) do
    if t.id == id then return t end
  end
end

--- What of the configuration a target depends on, itself or through others.
local function uses(world, t, out)
  if t.mode or t.kind == "mix" or t.chosen then out.mode = true end
  if t.chosen then out.mark = true end
  for _, s in ipairs(t.srcs or {}) do
    local dep = s.target and target_of(world, s.target)
    if dep then uses(world, dep, out) end
  end
  return out
end

--- The output folder of a configuration, or of the part of it that is used.
---@param mode string
---@param mark string
---@return string
function M.bin(mode, mark)
  local name = mode ~= "fastbuild" and mode or mark == "on" and "fastbuild" or ""
  if mark == "on" then name = name .. "-mark=on" end
  return name == "" and "sky-out/bin" or "sky-out/bin-" .. name
end

--- The output folder of a target under the flags of a world.
---@param world World
---@param t table
---@return string
function M.bin_of(world, t)
  local used = uses(world, t, {})
  return M.bin(used.mode and world.mode or "fastbuild", used.mark and world.mark or "off")
end

local function output(world, t, name)
  return join(join(M.bin_of(world, t), t.pkg), name)
end

local files_of

local function expand(world, t)
  local out = {}
  for _, s in ipairs(t.srcs) do
    if s.file then
      out[#out + 1] = join(t.pkg, s.file)
    else
      local dep = s.target and target_of(world, s.target)
      local list = s.glob and glob(world, t.pkg, s.glob) or dep and files_of(world, dep) or {}
      table.move(list, 1, #list, #out + 1, out)
    end
  end
  return out
end

function files_of(world, t)
  local out = {}
  if t.kind == "group" then
    -- a depset has each file once
    for _, path in ipairs(expand(world, t)) do
      if not out[path] then out[path], out[#out + 1] = true, path end
    end
    return out
  end
  local names = t.outs
  if t.kind == "mix" then
    names = { t.name .. ".c", t.name .. ".l", t.name .. ".d", t.name .. ".t" }
  elseif t.kind == "dyn" then
    names = { t.name .. ".all" }
  end
  for i, name in ipairs(names) do out[i] = output(world, t, name) end
  return out
end

--- The paths and what lies there, as text; "?" in it: something is missing.
local function contents(world, paths)
  local out = {}
  for i, path in ipairs(paths) do
    local full = world.root .. "/" .. path
    local text = path:find("^sky%-out/") and disk.signature(full) or disk.content(full)
    out[i] = path .. ":" .. (text:find("^none") and "?" or text)
  end
  return table.concat(out, "\n")
end

local function add(world, actions, t, names, command, inputs)
  local outs = {}
  for i, name in ipairs(names) do outs[i] = output(world, t, name) end
  -- skylua knows an action by its target and its number there
  local bin = M.bin_of(world, t)
  local owner = bin .. "//" .. t.pkg .. ":" .. (t.name or "")
  actions[owner] = (actions[owner] or 0) + 1
  actions[#actions + 1] = { id = owner .. "#" .. actions[owner], out = outs[1], outs = outs,
    bin = bin, key = table.concat(outs, " ") .. " " .. command .. "\0" .. contents(world, inputs) }
  return outs
end

local function mix_actions(world, t, actions)
  local n = t.name
  local w = add(world, actions, t, { n .. ".w" },
    t.salt .. world.model.rule_salt .. world.mode, {})
  local inputs = expand(world, t)
  local m = add(world, actions, t, { n .. ".m" }, "mix", { w[1], table.unpack(inputs) })
  local c = add(world, actions, t, { n .. ".c" }, "copy", m)
  add(world, actions, t, { n .. ".l" }, "link", c)
  add(world, actions, t, { n .. ".d" }, "tree", m)
  add(world, actions, t, { n .. ".t" }, "template", m)
end

local function pool_action(world, word, actions)
  if actions[word] then return end
  actions[word] = true
  add(world, actions, { pkg = "pool", name = word }, { word .. ".out" }, "pool",
    { "pool/" .. word .. ".txt" })
end

local function dyn_actions(world, t, actions)
  local plan = add(world, actions, t, { t.name .. ".plan" }, "plan", { join(t.pkg, "list") })
  local parts = {}
  local text = disk.read(world.root .. "/" .. plan[1]) or ""
  for word in text:gmatch("%l+") do
    local i = #parts + 1
    pool_action(world, word, actions)
    local from = "sky-out/bin/pool/" .. word .. ".out"
    parts[i] = add(world, actions, t, { t.name .. "." .. i }, "part", { from })[1]
  end
  add(world, actions, t, { t.name .. ".all" }, "join", parts)
end

local function gen_key(world, t)
  local key = t.style .. t.salt
  if t.style == "env" then key = key .. world.env end
  if t.chosen then key = key .. (world.mode == "debug" and "d" or "") .. world.mark end
  return key
end

--- Headers that a C file of package c includes, looked for as the compiler does.
local function includes(world, path, seen)
  for name in (disk.read(world.root .. "/" .. path) or ""):gmatch('#include "(.-)"') do
    local file = "c/" .. name
    if not disk.read(world.root .. "/" .. file) then file = join("sky-out/bin", file) end
    if not seen[file] then
      seen[file], seen[#seen + 1] = true, file
      includes(world, file, seen)
    end
  end
  return seen
end

local function c_actions(world, actions)
  local t = { pkg = "c", mode = true }
  add(world, actions, { pkg = "c" }, { "gen.h" }, "gen", { "c/seed" })
  local function compile(target, source, flags)
    local read = includes(world, source, {})
    table.sort(read)
    table.insert(read, 1, source)
    return add(world, actions, t, { "_objs/" .. target .. "/" .. source:sub(3) .. ".o" },
      world.mode .. flags, read)[1]
  end
  local lib = compile("lib", "c/lib.c", world.model.c.define)
  local archive = add(world, actions, t, { "liblib.a" }, "ar", { lib })[1]
  local main = compile("main", "c/main.c", "")
  add(world, actions, t, { "main" }, world.mode .. "link", { main, archive })
end

--- All actions below these targets (nil: all there are), with their keys as the disk has it now.
---@param world World
---@param roots? table<string, boolean>  labels
---@return { id: string, out: string, outs: string[], key: string }[]
function M.actions(world, roots)
  local model, wanted, actions = world.model, {}, {}
  for i = #model.targets, 1, -1 do
    local t = model.targets[i]
    if not roots or roots["//" .. t.pkg .. ":" .. t.name] or wanted[t.id] then
      wanted[t.id] = true
      for _, s in ipairs(t.srcs) do
        if s.target then wanted[s.target] = true end
      end
    end
  end
  for _, word in ipairs(roots and {} or WORDS) do pool_action(world, word, actions) end
  for _, t in ipairs(model.targets) do
    if wanted[t.id] and t.kind == "mix" then
      mix_actions(world, t, actions)
    elseif wanted[t.id] and t.kind == "dyn" then
      dyn_actions(world, t, actions)
    elseif wanted[t.id] and t.kind == "gen" then
      add(world, actions, t, t.outs, gen_key(world, t), expand(world, t))
    end
  end
  if model.c and not roots then c_actions(world, actions) end
  return actions
end

M.PACKAGES, M.WORDS = PACKAGES, WORDS

return M
