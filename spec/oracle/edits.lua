--- What people and machines do to a workspace between two builds.
--
-- An edit changes the model and the disk alike, and says in words what it did.
-- It draws all it needs from its own random numbers, so that a script without
-- some of its steps still means something.
local disk = require "spec.oracle.disk"
local model_of = require "spec.oracle.model"
local uv = require "luv"

local M = {}

---@class Scene
---@field model Model
---@field root string
---@field gone table<string, Source>  deleted files, to be made again
---@field rendered table<string, Source>  what lies on disk

local function sorted_keys(map, fits)
  local list = {}
  for k, v in pairs(map) do
    if not fits or fits(k, v) then list[#list + 1] = k end
  end
  table.sort(list)
  return list
end

local function a_file(s, rng)
  return rng:pick(sorted_keys(s.model.files, function(_, v) return v.text end))
end

local function is_c(path)
  return path:find("%.[ch]$") ~= nil
end

local function new_text(path, old, rng)
  if path == "c/seed" then return rng:int(9) .. "\n" end
  if is_c(path) then
    return old .. (rng:chance(2) and "/* %d */\n" or "static int v%d;\n"):format(rng:int(1000000))
  end
  if path:find("list$") then
    return rng:pick(model_of.WORDS) .. "\n" .. rng:pick(model_of.WORDS) .. "\n"
  end
  return rng:chance(3) and old .. rng:int(1000) .. "\n" or model_of.random_text(rng)
end

--- Writes what differs between the model and the disk.
---@param s Scene
function M.sync(s)
  local files = model_of.render(s.model)
  for path in pairs(s.rendered) do
    if not files[path] then disk.put(s.root .. "/" .. path, nil) end
  end
  for path, want in pairs(files) do
    local old = s.rendered[path]
    if not old or old.text ~= want.text or old.link ~= want.link or old.dir ~= want.dir
      or (old.exec or false) ~= (want.exec or false) then
      disk.put(s.root .. "/" .. path, want)
    end
  end
  s.rendered = files
end

local function set_file(s, path, text)
  local old = s.model.files[path]
  s.model.files[path] = { text = text, exec = old and old.exec }
end

-- ---- sources ----

local edits = {}

function edits.write(s, rng)
  local path = a_file(s, rng)
  local text = new_text(path, s.model.files[path].text, rng)
  set_file(s, path, text)
  disk.write(s.root .. "/" .. path, text)
  M.sync(s)
  return "write " .. path
end

--- The same size, and the times put back.
function edits.same_size(s, rng)
  local path = a_file(s, rng)
  if is_c(path) or path:find("list$") then return edits.touch(s, rng) end
  local text = s.model.files[path].text:gsub("%d", function(c)
    return rng:chance(2) and tostring((tonumber(c) + 1) % 10) or c
  end)
  local st = uv.fs_stat(s.root .. "/" .. path)
  set_file(s, path, text)
  disk.write(s.root .. "/" .. path, text)
  local m = st.mtime
  assert(uv.fs_utime(s.root .. "/" .. path, m.sec + m.nsec / 1e9, m.sec + m.nsec / 1e9))
  s.rendered[path] = s.model.files[path]
  return "write " .. path .. " with the same size and mtime"
end

function edits.touch(s, rng)
  local path = a_file(s, rng)
  local t = os.time() + rng:pick { -100000, 0, 0, 50 }
  assert(uv.fs_utime(s.root .. "/" .. path, t, t))
  return "touch " .. path
end

--- A new file with an old time is moved over.
function edits.replace(s, rng)
  local path = a_file(s, rng)
  local full = s.root .. "/" .. path
  set_file(s, path, new_text(path, s.model.files[path].text, rng))
  disk.write(full .. "~", s.model.files[path].text)
  assert(uv.fs_chmod(full .. "~", s.model.files[path].exec and 493 or 420))
  if rng:chance(2) then assert(uv.fs_utime(full .. "~", 1000000000, 1000000000)) end
  assert(uv.fs_rename(full .. "~", full))
  s.rendered[path] = s.model.files[path]
  return "rename over " .. path
end

--- Two files change their places: sizes, times and inodes are all old.
function edits.swap(s, rng)
  local a, b = a_file(s, rng), a_file(s, rng)
  if a == b or is_c(a) ~= is_c(b) or is_c(a) or a:find("list$") or b:find("list$")
    or a == "c/seed" or b == "c/seed" then
    return edits.touch(s, rng)
  end
  local files, root = s.model.files, s.root .. "/"
  assert(uv.fs_rename(root .. a, root .. a .. "~"))
  assert(uv.fs_rename(root .. b, root .. a))
  assert(uv.fs_rename(root .. a .. "~", root .. b))
  files[a], files[b] = files[b], files[a]
  s.rendered[a], s.rendered[b] = files[a], files[b]
  return ("swap %s and %s"):format(a, b)
end

function edits.delete(s, rng)
  local path = rng:pick(sorted_keys(s.model.files))
  s.gone[path], s.model.files[path] = s.model.files[path], nil
  M.sync(s)
  return "delete " .. path
end

function edits.create(s, rng)
  local gone = sorted_keys(s.gone)
  if #gone > 0 then
    local path = rng:pick(gone)
    s.model.files[path], s.gone[path] = s.gone[path], nil
    M.sync(s)
    return "make again " .. path
  end
  local path = model_of.join(rng:pick(model_of.PACKAGES), rng:pick { "d/n%d.txt", "d/e/n%d.txt",
    "n%d.txt", "s%d.txt", "d/n%d.md" }):format(rng:int(3))
  s.model.files[path] = { text = model_of.random_text(rng) }
  M.sync(s)
  return "new file " .. path
end

function edits.chmod(s, rng)
  local path = a_file(s, rng)
  local f = s.model.files[path]
  s.model.files[path] = { text = f.text, exec = not f.exec }
  assert(uv.fs_chmod(s.root .. "/" .. path, f.exec and 420 or 493))
  s.rendered[path] = s.model.files[path]
  return "chmod " .. path
end

function edits.symlink(s, rng)
  local pkg = rng:pick(model_of.PACKAGES)
  local path, want
  if rng:chance(3) then
    path, want = model_of.join(pkg, "dl"), { link = rng:pick { "d", "d/e", "./d", "d/../d" } }
  else
    path = model_of.join(pkg, rng:pick { "l.txt", "s1.txt", "d/b.txt" })
    want = { link = path:find("d/b") and rng:pick { "a.txt", "../s2.txt", "../l.txt" }
      or rng:pick { "s2.txt", "d/a.txt", "s1.txt", "./dl/a.txt", "missing" } }
  end
  s.model.files[path] = want
  M.sync(s)
  return "symlink " .. path .. " -> " .. want.link
end

--- A link becomes a file, a file a directory, a directory a link.
function edits.other_kind(s, rng)
  local path = model_of.join(rng:pick(model_of.PACKAGES), rng:pick { "l.txt", "s2.txt", "d/a.txt" })
  local old = s.model.files[path]
  s.model.files[path] = old and old.text and { dir = true } or { text = model_of.random_text(rng) }
  M.sync(s)
  return "other kind: " .. path
end

function edits.bad(s, rng)
  local bad = sorted_keys(s.model.files, function(_, v) return v.text and v.text:find("BAD") end)
  if #bad > 0 then
    local path = rng:pick(bad)
    set_file(s, path, (s.model.files[path].text:gsub("[^\n]*BAD\n", "")))
    M.sync(s)
    return "repair " .. path
  end
  local path = a_file(s, rng)
  set_file(s, path, s.model.files[path].text .. (is_c(path) and "#error BAD\n" or "BAD\n"))
  M.sync(s)
  return "break " .. path
end

-- ---- BUILD.lua files and rules ----

local function any_target(s, rng, kind)
  local fit = {}
  for _, t in ipairs(s.model.targets) do
    if not kind or t.kind == kind then fit[#fit + 1] = t end
  end
  return #fit > 0 and rng:pick(fit) or nil
end

function edits.comment(s, rng)
  local pkg = rng:pick(model_of.PACKAGES)
  s.model.notes[pkg] = (s.model.notes[pkg] or 0) + 1
  M.sync(s)
  return "comment in //" .. pkg
end

function edits.salt(s, rng)
  local t = any_target(s, rng)
  if not t then return "nothing" end
  t.salt = rng:pick { "a", "b", "c" }
  M.sync(s)
  return ("salt of //%s:%s is %s"):format(t.pkg, t.name, t.salt)
end

--- Srcs may only come from targets that stand before it.
local function before(s, target)
  local list = {}
  for i, t in ipairs(s.model.targets) do
    if t == target then break end
    list[i] = t
  end
  return { targets = list }
end

function edits.srcs(s, rng)
  local t = any_target(s, rng)
  if not t or t.kind == "dyn" then return "nothing" end
  if #t.srcs > 0 and rng:chance(2) then
    table.remove(t.srcs, rng:int(#t.srcs))
  else
    table.insert(t.srcs, rng:int(#t.srcs + 1), model_of.random_src(before(s, t), rng))
  end
  M.sync(s)
  return ("srcs of //%s:%s"):format(t.pkg, t.name)
end

function edits.outs(s, rng)
  local t = any_target(s, rng, "gen")
  if not t then return "nothing" end
  local name = t.name .. rng:pick { ".out", ".new", ".o/x" }
  t.outs[1] = name
  M.sync(s)
  return ("//%s:%s makes %s"):format(t.pkg, t.name, name)
end

function edits.add_target(s, rng)
  if #s.model.targets > 16 then return "nothing" end
  local t = model_of.random_target(s.model, rng)
  s.model.targets[#s.model.targets + 1] = t
  M.sync(s)
  return ("new target //%s:%s"):format(t.pkg, t.name)
end

function edits.remove_target(s, rng)
  if #s.model.targets < 3 then return "nothing" end
  local t = table.remove(s.model.targets, rng:int(#s.model.targets))
  if rng:chance(2) then
    for _, other in ipairs(s.model.targets) do
      for i = #other.srcs, 1, -1 do
        if other.srcs[i].target == t.id then table.remove(other.srcs, i) end
      end
    end
  end
  M.sync(s)
  return ("remove //%s:%s"):format(t.pkg, t.name)
end

function edits.rules(s, rng)
  if rng:chance(2) then
    s.model.rule_note = s.model.rule_note + 1
  else
    s.model.rule_salt = rng:pick { "r", "q" }
  end
  M.sync(s)
  return ("rules: note %d, salt %s"):format(s.model.rule_note, s.model.rule_salt)
end

function edits.syntax(s, rng)
  local broken = sorted_keys(s.model.broken)
  if #broken > 0 then
    s.model.broken[broken[1]] = nil
    M.sync(s)
    return "repair BUILD.lua of //" .. broken[1]
  end
  local pkg = rng:pick(model_of.PACKAGES)
  s.model.broken[pkg] = rng:pick { "\ngenrule {", "\nerror('no')", "\nfilegroup { nam = 1 }" }
  M.sync(s)
  return "mistake in BUILD.lua of //" .. pkg
end

function edits.boundary(s, rng)
  local path = model_of.join(rng:pick(model_of.PACKAGES),
    rng:pick { "d/BUILD.lua", "d/e/BUILD.lua" })
  s.model.files[path] = not s.model.files[path] and { text = "" } or nil
  M.sync(s)
  return "a package begins or ends at " .. path
end

function edits.environment(s, rng)
  s.model.env = rng:pick { "e", "f", "" }
  return "ORACLE=" .. s.model.env
end

function edits.define(s, rng)
  if not s.model.c then return "nothing" end
  s.model.c.define = rng:pick { "1", "2" }
  M.sync(s)
  return "D=" .. s.model.c.define
end

-- ---- what was built ----

local function outputs(s, dir, list)
  for _, name in ipairs(disk.names(dir)) do
    local st = uv.fs_lstat(dir .. "/" .. name)
    list[#list + 1] = dir .. "/" .. name
    if st and st.type == "directory" then outputs(s, dir .. "/" .. name, list) end
  end
  return list
end

local TAMPER = {
  ["edit"] = function(path)
    if uv.fs_lstat(path).type == "file" then
      local f = assert(io.open(path, "ab"))
      f:write("tampered\n")
      f:close()
    end
  end,
  ["delete"] = disk.remove,
  ["touch"] = function(path)
    if uv.fs_stat(path) then assert(uv.fs_utime(path, 1700000000, 1700000000)) end
  end,
  ["chmod"] = function(path)
    if uv.fs_lstat(path).type == "file" then assert(uv.fs_chmod(path, 511)) end
  end,
  ["directory for"] = function(path) disk.put(path, { dir = true }) end,
  ["symlink for"] = function(path) disk.put(path, { link = "/nowhere" }) end,
}

function edits.tamper(s, rng)
  local list = {}
  for _, name in ipairs(disk.names(s.root .. "/sky-out")) do
    if name:find("^bin") then outputs(s, s.root .. "/sky-out/" .. name, list) end
  end
  if #list == 0 then return "nothing" end
  local path, how = rng:pick(list), rng:pick(sorted_keys(TAMPER))
  TAMPER[how](path)
  return how .. " " .. path:sub(#s.root + 2)
end

function edits.clean_bin(s)
  disk.remove(s.root .. "/sky-out/bin")
  return "remove sky-out/bin"
end

function edits.nothing()
  return "nothing"
end

local WEIGHTS = { write = 8, same_size = 6, touch = 2, replace = 3, swap = 3, delete = 2,
  create = 5, chmod = 3, symlink = 4, other_kind = 2, bad = 5, comment = 2, salt = 3, srcs = 4,
  outs = 2, add_target = 3, remove_target = 1, rules = 2, syntax = 4, boundary = 2,
  environment = 3, define = 1, tamper = 7, clean_bin = 1, nothing = 1 }
local urn = {}
for _, name in ipairs(sorted_keys(edits)) do
  for _ = 1, WEIGHTS[name] do urn[#urn + 1] = name end
end

--- One random edit.
---@param s Scene
---@param rng Rng
---@return string what  it did
function M.random(s, rng)
  return edits[rng:pick(urn)](s, rng)
end

return M
