--- A stand-in for the C module `core` and the evaluator, in plain Lua: for specs of the language
--- that want no binary. Node functions run in coroutines and suspend at every look-up, values are
--- checked and copied as the real ones are, the disk is a real directory, commands really run.
local M = {}

local core = {}
M.core = core

-- ---- frozen tables and tagged objects ----

local REAL, TAG = {}, {}      -- hidden keys
local methods_of, metatables = {}, {}

local function tag_of(x)
  local mt = type(x) == "table" and debug.getmetatable(x)
  return mt and rawget(mt, TAG) or nil
end

local function raw(x)
  return tag_of(x) and rawget(x, REAL) or x
end

local function keys_of(t)
  local keys = {}
  for k in next, t do
    assert(type(k) == "string" or type(k) == "number" or type(k) == "boolean", "pairs: odd key")
    keys[#keys + 1] = k
  end
  local rank = { number = 1, string = 2, boolean = 3 }
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return rank[type(a)] < rank[type(b)] end
    if type(a) == "boolean" then return not a and b end
    return a < b
  end)
  return keys
end

function core.pairs(t)
  t = raw(t)
  local keys, i = keys_of(t), 0
  return function()
    i = i + 1
    local k = keys[i]
    if k ~= nil then return k, t[k] end
  end
end

function core.next(t, k) return next(raw(t), k) end

local encode

local function metatable_for(tag)
  local mt = metatables[tag]
  if mt then return mt end
  local methods = methods_of[tag] or methods_of[tag:match("^[^:]*")] or {}
  mt = { [TAG] = tag, __metatable = false, __pairs = core.pairs, __tostring = methods.__tostring,
    __len = function(o) return #rawget(o, REAL) end,
    __newindex = function(_, k)
      error(("%s is frozen: cannot set '%s'"):format(tag == "" and "this table" or tag,
        tostring(k)), 2)
    end,
    __index = function(o, k)
      local v = rawget(o, REAL)[k]
      if v ~= nil or tag == "" then return v end
      if methods[k] ~= nil then return methods[k] end
      if methods.__missing then return methods.__missing(o, k) end
    end,
    __eq = function(a, b) return tag ~= "" and encode(a) == encode(b) end,
  }
  metatables[tag] = mt
  return mt
end

local function wrap(t, tag)
  return setmetatable({ [REAL] = t }, metatable_for(tag))
end

local function freeze(x)
  if type(x) ~= "table" or debug.getmetatable(x) then return x end
  local copy = {}
  for k, v in next, x do copy[k] = freeze(v) end
  return wrap(copy, "")
end

function core.freeze(t) return freeze(t) end
function core.is_frozen(x) return tag_of(x) ~= nil end
core.raw = raw
function core.tag(name, methods) methods_of[name] = methods end

function core.make(tag, fields)
  local copy = {}
  for k, v in next, fields do copy[k] = freeze(v) end
  return wrap(copy, tag)
end

function core.tag_of(x)
  local tag = tag_of(x)
  return tag ~= "" and tag or nil
end

-- ---- depsets ----

local Depset = { __metatable = false }
Depset.__index = {}
local depset_data = setmetatable({}, { __mode = "k" })

function core.is_depset(x) return depset_data[x] ~= nil end

function core.depset(direct, transitive, order)
  local d = setmetatable({}, Depset)
  local items = {}
  for i, x in ipairs(raw(direct or {})) do items[i] = freeze(x) end
  depset_data[d] = { direct = items, transitive = { table.unpack(raw(transitive or {})) },
    order = order or "postorder" }
  return d
end

local function walk(d, order, seen, out)
  local data = depset_data[d]
  local own = encode(d)
  if seen[own] then return end
  seen[own] = true
  local function give()
    for _, x in ipairs(data.direct) do
      local e = encode(x)
      if not seen[e] then
        seen[e] = true
        out[#out + 1] = x
      end
    end
  end
  if order == "preorder" then give() end
  for _, t in ipairs(data.transitive) do walk(t, order, seen, out) end
  if order ~= "preorder" then give() end
end

function Depset.__index.to_list(d)
  local data, out = depset_data[d], {}
  if data.order == "topological" then
    -- reverse of a postorder that goes through children and items from the right
    local function back(x, seen)
      local key = encode(x)
      if seen[key] then return end
      seen[key] = true
      local dd = depset_data[x]
      for i = #dd.transitive, 1, -1 do back(dd.transitive[i], seen) end
      for i = #dd.direct, 1, -1 do
        local e = encode(dd.direct[i])
        if not seen[e] then
          seen[e] = true
          table.insert(out, 1, dd.direct[i])
        end
      end
    end
    back(d, {})
    return out
  end
  walk(d, data.order, {}, out)
  return out
end

-- ---- encoding: only for equality, digests and checks ----

local function is_list(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n == #t
end

function encode(x, at)
  local t = type(x)
  if t == "string" then return ("%d:%s"):format(#x, x) end
  if t == "nil" or t == "boolean" or t == "number" then return tostring(x) end
  if depset_data[x] then
    local data, parts = depset_data[x], {}
    for i, item in ipairs(data.direct) do parts[i] = encode(item, at) end
    for _, d in ipairs(data.transitive) do parts[#parts + 1] = "<" .. encode(d, at) .. ">" end
    return "D(" .. data.order .. " " .. table.concat(parts, " ") .. ")"
  end
  at = at or ""
  local where = at == "" and "" or at .. ": "
  if t == "userdata" then error({ bad = where .. "userdata" }, 0) end
  if t ~= "table" then error({ bad = where .. "a " .. t }, 0) end
  if rawget(x, "is_key") and not tag_of(x) then return "K" .. tostring(x) end
  local tag = tag_of(x)
  if not tag and debug.getmetatable(x) then
    error({ bad = where .. "a table with a metatable" }, 0)
  end
  local real, parts = raw(x), {}
  for _, k in ipairs(keys_of(real)) do
    local p = type(k) == "number" and ("%s[%d]"):format(at, k) or at == "" and k or at .. "." .. k
    parts[#parts + 1] = (is_list(real) and "" or encode(k) .. "=") .. encode(real[k], p)
  end
  return (tag and tag ~= "" and "T" .. tag or "") .. "{" .. table.concat(parts, ",") .. "}"
end

function core.check(x)
  local ok, e = pcall(encode, x)
  if ok then return true end
  return nil, type(e) == "table" and e.bad or tostring(e)
end

function core.digest(text)
  local a, b = 0xcbf29ce484222325, 0x84222325cbf29ce4
  for i = 1, #text do
    local c = text:byte(i)
    a = (a ~ c) * 0x100000001b3
    b = (b + c) * 0x100000001b3 ~ (b >> 29)
  end
  return ("%016x%016x"):format(a, b)
end

-- ---- keys ----

local keys = {}
local Key = { __tostring = function(k) return k.text end, __metatable = false }

function core.key(name, arg)
  local shown = type(arg) == "string" and arg or encode(arg)
  local text = name .. ":" .. shown
  local key = keys[text]
  if not key then
    key = setmetatable({ name = name, arg = freeze(arg), text = text, is_key = true }, Key)
    keys[text] = key
  end
  return key
end

-- ---- the disk ----

local function read_file(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local text = f:read("a")
  f:close()
  return text
end

local function sh(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read("a")
  local _, _, code = pipe:close()
  return out, code
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function kind_of(path)
  local out = sh("stat -L -c %F " .. quote(path) .. " 2>/dev/null"):gsub("\n", "")
  if out == "" then return "none" end
  return out == "directory" and "dir" or out:find("regular") and "file" or "special"
end

---@class FakeEngine
local Engine = {}
Engine.__index = Engine

function Engine:path(p)
  if p:sub(1, 1) == "/" then return p end
  return self.root .. "/" .. p
end

local function lua_pattern(glob)
  return "^" .. glob:gsub("[%^%$%(%)%%%.%+%-]", "%%%0"):gsub("%*%*/", "\1"):gsub("%*%*", "\2")
    :gsub("%*", "[^/]*"):gsub("%?", "[^/]"):gsub("\1", ".-"):gsub("\2", ".*") .. "$"
end

local leaves = {}

function leaves.FILE(e, path)
  local kind = kind_of(e:path(path))
  if kind ~= "file" then return { kind = kind, real = kind ~= "none" and path or nil } end
  local _, code = sh("test -x " .. quote(e:path(path)))
  return { kind = kind, real = path, digest = core.digest(read_file(e:path(path))),
    exec = code == 0 or code == nil }
end

function leaves.FILE_KIND(e, path) return kind_of(e:path(path)) end

function leaves.DIRECTORY_LISTING(e, path)
  local full = e:path(path)
  local kind = kind_of(full)
  if kind ~= "dir" then return { kind = kind } end
  local entries = {}
  for name in sh("ls -A " .. quote(full) .. " | LC_ALL=C sort"):gmatch("[^\n]+") do
    if not (path == "" and name == "sky-out") then
      entries[#entries + 1] = { name = name, kind = kind_of(full .. "/" .. name) }
    end
  end
  return { kind = kind, entries = entries }
end

function leaves.GLOB(e, arg)
  local pkg, out = arg[1], {}
  local dir = e:path(pkg)
  local all = sh("cd " .. quote(dir) .. " && find . -type f -printf '%P\\n' | LC_ALL=C sort")
  for name in all:gmatch("[^\n]+") do
    local hit = false
    for _, p in ipairs(arg[2]) do hit = hit or name:find(lua_pattern(p)) ~= nil end
    for _, p in ipairs(arg[3]) do hit = hit and not name:find(lua_pattern(p)) end
    local sub = name:match("^(.*)/")
    while sub do
      hit = hit and kind_of(dir .. "/" .. sub .. "/BUILD.lua") == "none"
      sub = sub:match("^(.*)/")
    end
    if hit and name:sub(1, 8) ~= "sky-out/" then out[#out + 1] = name end
  end
  return out
end

function leaves.ENV(e, name)
  if e.env[name] ~= nil then return e.env[name] end
  return os.getenv(name)
end

function leaves.BUILTIN(e, name)
  local text = read_file(e.rules .. "/" .. name)
  if not text then error({ code = "E0102", message = "skylua ships no file " .. name }, 0) end
  return core.digest(text)
end

function leaves.CONFIG(e, id)
  local mode = id:match("^[^-]+") or "fastbuild"
  return { id = id, mode = mode, options = e.options }
end

-- ---- actions ----

local function word(x)
  if type(x) == "table" and core.tag_of(x) == "artifact" then return raw(x).path end
  return tostring(x)
end

local function expand_all(op, out)
  local items, options = op[2], op[3] or {}
  if core.is_depset(items) then items = items:to_list() end
  local words = {}
  for _, x in ipairs(items) do
    local text = (options.prefix or "") .. (options.format
      and options.format:gsub("%%s", (word(x):gsub("%%", "%%%%"))) or word(x))
    words[#words + 1] = text
  end
  if options.join then words = #words > 0 and { table.concat(words, options.join) } or {} end
  table.move(words, 1, #words, #out + 1, out)
end

--- The words of an argv as the action would run them.
function M.expand(argv)
  local out = {}
  for _, x in ipairs(argv) do
    if core.tag_of(x) == "args" then
      for _, op in ipairs(raw(x)) do
        if op[1] == "add" then
          for i = 2, #op do out[#out + 1] = word(op[i]) end
        elseif op[1] == "add_all" then
          expand_all(op, out)
        end
      end
    else
      out[#out + 1] = word(x)
    end
  end
  return out
end

local function write_file(e, path, text)
  sh("mkdir -p " .. quote(e:path(path):match("^(.*)/")))
  local f = assert(io.open(e:path(path), "wb"))
  f:write(text)
  f:close()
end

local function run_command(e, a)
  local words = {}
  for i, w in ipairs(M.expand(a.argv)) do words[i] = quote(w) end
  local env = { "PATH=" .. quote(os.getenv("PATH")) }
  for k, v in core.pairs(a.env or {}) do env[#env + 1] = k .. "=" .. quote(v) end
  for _, k in ipairs(a.env_inherit or {}) do
    if os.getenv(k) then env[#env + 1] = k .. "=" .. quote(os.getenv(k)) end
  end
  local out, code = sh(("cd %s && env -i %s %s 2>&1"):format(quote(e.root),
    table.concat(env, " "), table.concat(words, " ")))
  return out, code or 0
end

local function run_action(e, a)
  local kind = a.kind or "run"
  local out = a.outputs[1] and raw(a.outputs[1]).path
  if kind == "write" then
    write_file(e, out, a.text)
  elseif kind == "copy" then
    write_file(e, out, read_file(e:path(word(a.inputs[1]))))
  elseif kind == "template" then
    local text = read_file(e:path(word(a.inputs[1])))
    for k, v in core.pairs(a.substitutions) do
      text = text:gsub(k:gsub("%p", "%%%0"), (v:gsub("%%", "%%%%")))
    end
    write_file(e, out, text)
  elseif kind == "symlink" then
    sh(("mkdir -p %s && ln -sf %s %s"):format(quote(e:path(out):match("^(.*)/")),
      quote(e:path(word(a.inputs[1]))), quote(e:path(out))))
  else
    return run_command(e, a)
  end
  return "", 0
end

local function gather(e, list)
  for _, x in ipairs(list or {}) do
    for _, a in ipairs(core.is_depset(x) and x:to_list() or { x }) do
      local r = raw(a)
      if r.owner then e:value(core.key("ACTION", { r.owner, r.config, r.index })) end
    end
  end
end

function leaves.ACTION(e, arg)
  local target = e:value(core.key("CONFIGURED_TARGET", { arg[1], arg[2] }))
  local a = assert(target.actions[arg[3]], "no such action")
  gather(e, a.inputs)
  gather(e, a.tools)
  gather(e, a.may_read)
  for _, o in ipairs(a.outputs) do
    sh("mkdir -p " .. quote(e:path(raw(o).path):match("^(.*)/")))
  end
  local text, code = run_action(e, a)
  e.ran[#e.ran + 1] = a.mnemonic or "Run"
  if a.kind == "test" then
    return { outputs = {}, status = code == 0 and "passed" or "failed", exit = code, wall = 0,
      log = "", text = text }
  end
  if code ~= 0 then
    error({ code = "E0301", message = "command failed: " .. text, label = arg[1] }, 0)
  end
  local outputs = {}
  for i, o in ipairs(a.outputs) do
    local path = raw(o).path
    local kind = kind_of(e:path(path))
    if kind == "none" then
      error({ code = "E0302", message = path .. " was not made", label = arg[1] }, 0)
    end
    outputs[i] = { path = path, kind = kind,
      digest = kind == "file" and core.digest(read_file(e:path(path))) or nil }
  end
  return { outputs = outputs, exit = 0, status = "done" }
end

-- ---- evaluation ----

local Env = {}
Env.__index = Env

local function get(self, list)
  self.key_groups[#self.key_groups + 1] = list
  return coroutine.yield(list)
end

function Env:get(key)
  local r = get(self, { key })[1]
  if r.error then error(r.error, 0) end
  return r.value
end

function Env:get_all(list)
  local results, out = get(self, raw(list)), {}
  for i, r in ipairs(results) do
    if r.error then error(r.error, 0) end
    out[i] = r.value
  end
  return out
end

function Env:get_or_error(key)
  local r = get(self, { key })[1]
  return r.value, r.error
end

function Env:get_all_or_error(list)
  return get(self, raw(list))
end

function Env:warn(text) table.insert(self.engine.warnings, text) end

local function run_node(self, f, key)
  local env = setmetatable({ engine = self, key_groups = {} }, Env)
  self.groups[key.text] = env.key_groups
  local co = coroutine.create(f)
  local results = table.pack(coroutine.resume(co, env, key.arg))
  while results[1] and coroutine.status(co) ~= "dead" do
    local answers = {}
    for i, wanted in ipairs(results[2]) do answers[i] = self:node(wanted) end
    results = table.pack(coroutine.resume(co, answers))
  end
  if not results[1] then error(results[2], 0) end
  return results[2]
end

local function compute(self, key)
  local leaf = leaves[key.name]
  if leaf then return leaf(self, key.arg) end
  local f = self.functions[key.name]
  assert(f, "no node function " .. key.name)
  local value = run_node(self, f, key)
  local ok, why = core.check(value)
  if value == nil or not ok then
    error({ code = "E0111", message = key.text .. ": " .. tostring(why or "nil") }, 0)
  end
  return value
end

--- {value=} or {error=} of a key, computed once.
function Engine:node(key)
  local known = self.nodes[key.text]
  if known == "running" then
    return { error = freeze { code = "E0110", message = "cycle at " .. key.text } }
  elseif known then
    return known
  end
  self.nodes[key.text] = "running"
  local ok, v = pcall(compute, self, key)
  local node
  if ok then
    node = { value = freeze(v) }
  else
    if type(v) ~= "table" then v = { code = "E0113", message = tostring(v) } end
    node = { error = freeze(v) }
  end
  self.nodes[key.text] = node
  return node
end

function Engine:value(key)
  local node = self:node(key)
  if node.error then error(node.error, 0) end
  return node.value
end

function core.builtin(name) return read_file(M.rules .. "/" .. name) end

function core.read(path, digest)
  local text = read_file(M.current:path(path))
  if not text or core.digest(text) ~= digest then
    error({ code = "E0104", message = path .. " changed", transient = true }, 0)
  end
  return text
end

--- An engine over directory `root`; one at a time.
---@param root string
---@param options? { env?: table, options?: table }
function M.engine(root, options)
  options = options or {}
  local e = setmetatable({ root = root, nodes = {}, groups = {}, ran = {}, warnings = {},
    env = options.env or {}, options = options.options or {}, rules = M.rules,
    functions = require "nodes.init" }, Engine)
  M.current = e
  return e
end

--- Makes `require "core"` give this module.
---@param checkout string directory that has rules/
function M.install(checkout)
  M.rules = checkout
  package.loaded.core = nil
  package.preload.core = function() return core end
end

return M
