--- Damages the state files of a small build, in one process: each is cut at each length and each
-- of its bits flipped, then built twice.
--
--   skylua lua spec/fault/state_loop.lua WORKSPACE [first [step]]     (of all damages, by number)
-- WORKSPACE has the state "built"; what is done is said in WORKSPACE.at, for whoever finds us dead.
package.path = "./?.lua;" .. package.path
local core = require "core"
local disk = require "spec.oracle.disk"

local root, first, step = arg[1], tonumber(arg[2] or 1), tonumber(arg[3] or 1)
local STATE = root .. "/sky-out/state"

--- Path below `dir` -> text of all regular files; others stay as they are.
local function files_below(dir, prefix, out)
  for _, name in ipairs(disk.names(dir)) do
    local text = disk.read(dir .. "/" .. name)
    if disk.signature(dir .. "/" .. name):find "^dir" then
      files_below(dir .. "/" .. name, prefix .. name .. "/", out)
    else
      out[#out + 1] = { path = prefix .. name, text = text }
    end
  end
  return out
end

local state = files_below(STATE, "", {})
local outputs = files_below(root .. "/sky-out/bin", "", {})
local links = {}
for i = #outputs, 1, -1 do
  local link = require("luv").fs_readlink(root .. "/sky-out/bin/" .. outputs[i].path)
  if link then links[table.remove(outputs, i).path] = link end
end

local function restore()
  disk.remove(root .. "/sky-out")
  for _, f in ipairs(state) do disk.put(STATE .. "/" .. f.path, { text = f.text }) end
  for _, f in ipairs(outputs) do
    disk.put(root .. "/sky-out/bin/" .. f.path, { text = f.text })
  end
  for path, link in pairs(links) do disk.put(root .. "/sky-out/bin/" .. path, { link = link }) end
end

local KEYS = { core.key("COMPLETION", { "//:a", "" }), core.key("COMPLETION", { "//:m", "" }) }

local function build()
  local ran = 0
  local engine = core.engine { build = true, root = root, jobs = 1, evaluators = 0,
    observer = function(ev) if ev.event == "action" then ran = ran + 1 end end }
  engine:inject(core.key("CONFIG", ""), { id = "", mode = "fastbuild", options = {} })
  local result = engine:evaluate(KEYS)
  local why
  for _, key in ipairs(KEYS) do why = why or result:error(key) end
  engine:close()
  return ran, why and tostring(why.message)
end

local function expect(path, want)
  local got = disk.read(root .. "/sky-out/bin/" .. path)
  if got ~= want then return ("%s is %q, not %q"):format(path, tostring(got), want) end
end

--- What is wrong after a build with this damage?
local function try(n)
  local s, h = ("%d\n"):format(n), ("h%d\n"):format(n)
  disk.write(root .. "/s", s)
  disk.write(root .. "/h", h)
  local _, why = build()
  why = why or expect("a.out", s) or expect("m.c", s) or expect("m.d/e/f", s)
    or expect("m.o", "written\n" .. h) or expect("m.l", "written\n")
  if why then return why end
  local ran
  ran, why = build()
  return why or ran > 0 and ("the second build ran %d"):format(ran) or nil
end

local function damaged(text, n)
  if n <= #text then return text:sub(1, n - 1) end
  local bit = n - #text - 1
  local at = bit // 8 + 1
  return text:sub(1, at - 1) .. string.char(text:byte(at) ~ (1 << bit % 8)) .. text:sub(at + 1)
end

local done, n = 0, 0
for _, f in ipairs(state) do
  for i = 1, #f.text * 9 do
    n = n + 1
    if n >= first and (n - first) % step == 0 then
      disk.write(root .. ".at", ("%d: %s, damage %d of %d\n"):format(n, f.path, i, #f.text * 9))
      restore()
      disk.put(STATE .. "/" .. f.path, { text = damaged(f.text, i) })
      local ok, why = pcall(try, n)
      if not ok or why then
        print(("damage %d (%s, %d of %d): %s"):format(n, f.path, i, #f.text * 9,
          tostring(type(why) == "table" and why.message or why)))
        os.exit(1)
      end
      done = done + 1
    end
  end
end
print(("%d of %d damages survived"):format(done, n))
