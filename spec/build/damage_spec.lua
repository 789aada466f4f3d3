--- State files that are cut, flipped, foreign or in the way; disks that are full or read-only.
local space = require "spec.support.space"

after_each(space.close_all)

local FILES = {
  ["BUILD.lua"] = [[
genrule { name = "a", srcs = { "s" }, outs = { "a.out" }, cmd = ["cp", "$(in)", "$(out)"] }
genrule { name = "b", srcs = { ":a" }, outs = { "b.out" }, cmd = ["cp", "$(in)", "$(out)"] }
]],
  s = "1\n",
}
FILES["BUILD.lua"] = FILES["BUILD.lua"]:gsub("%[", "{"):gsub("%]", "}")

local LOG = "sky-out/state/graph.log"

local function new()
  return space.new(FILES):built()
end

--- Puts `text` in the state's place, changes the source, builds twice.
---@return string? wrong
local function survives(s, text, n)
  local f = assert(io.open(s:path(LOG), "wb"))
  f:write(text)
  f:close()
  local source = ("%d\n"):format(n)
  s:write { s = source }
  local first = s:skylua "build"
  if first.exit ~= 0 then return ("exit %d\n%s"):format(first.exit, first.stderr) end
  local got = s:read "sky-out/bin/b.out"
  if got ~= source then return ("b.out is %q"):format(got) end
  local _, notes = first.stderr:gsub("[^\n]*graph%.log[^\n]*", "")
  if notes > 1 then return first.stderr end
  local second = s:build()
  if second.exit ~= 0 or #second.ran > 0 then return "the second build: " .. second.stderr end
end

local function each(s, list, change)
  local whole = s:read(LOG)
  local step = math.max(1, #list // 60)
  for i = 1, #list, step do
    local wrong = survives(s, change(whole, list[i]), i)
    if wrong then error(("%s: %s"):format(tostring(list[i]), wrong), 0) end
  end
end

local function numbers(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = i end
  return list
end

describe("fact", function()
  it("54: a state file cut anywhere is read as far as it goes, and the build is right", function()
    local s = new()
    each(s, numbers(0, #s:read(LOG) - 1), function(whole, n) return whole:sub(1, n) end)
  end)

  it("55: a state file of another version, of another machine or of nobody is put aside", function()
    local s = new()
    local whole = s:read(LOG)
    local foreign = {
      whole:sub(1, 8) .. "\255\0\0\0" .. whole:sub(13), whole:sub(1, 12) .. "\1\2\3\4"
      .. whole:sub(17), ("x"):rep(100000), "\0", "", "SQLite format 3\0" .. whole }
    for i, text in ipairs(foreign) do
      local wrong = survives(s, text, i)
      if wrong then error(("foreign file %d: %s"):format(i, wrong), 0) end
    end
    assert.equal("sky-out/state/graph.log.bad\n", s:run "ls sky-out/state/*.bad")
  end)
end)

describe("a damaged state", function()
  it("with a flipped bit costs no more than work", function()
    local s = new()
    local n = #s:read(LOG)
    local bits = {}
    for i = 1, 60 do bits[i] = (i * 7919 * 31) % (n * 8) end
    each(s, bits, function(whole, bit)
      local at = bit // 8 + 1
      return whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ (1 << bit % 8))
        .. whole:sub(at + 1)
    end)
  end)

  it("with something behind its end loses only that, once", function()
    local s = new()
    s:append(LOG, ("\0"):rep(1000))
    local r = s:build()
    assert.same({}, r.ran)
    assert.is_truthy(r.stderr:find("graph.log", 1, true), r.stderr)
    r = s:build()
    assert.same({}, r.ran)
    assert.is_falsy(r.stderr:find("graph.log", 1, true), r.stderr)
  end)

  it("that is a directory, a link or locked away is said and survived", function()
    local s = new()
    s:run("rm " .. LOG .. "; mkdir -p " .. LOG .. "/x")
    assert.equal(0, s:build().exit)
    assert.same({}, s:build().ran)
    s:run("rm -rf sky-out/state; echo > sky-out/state")
    local r = s:skylua "build"
    assert.equal(36, r.exit)
    assert.is_truthy(r.stderr:find("sky-out/state", 1, true), r.stderr)
    s:run "rm sky-out/state"
    assert.equal(0, s:build().exit)
  end)
end)

describe("a disk", function()
  --- Runs a script as root of a namespace of its own.
  local function as_root(s, script)
    if s:sh "unshare -rm true" ~= 0 then return nil end
    return s:sh("unshare -rm sh -ec '" .. script:gsub("'", "'\\''") .. "'")
  end

  it("that is full is named, and with space again all goes on", function()
    local s = space.new {
      ["BUILD.lua"] = 'genrule { name = "g", srcs = { "s" }, outs = { "g" }, '
        .. 'cmd = "head -c $(cat $(in)) /dev/zero > $(out)" }\n'
        .. 'genrule { name = "h", srcs = { ":g" }, outs = { "h" }, cmd = "cp $(in) $(out)" }\n',
      s = "100000\n",
    }
    local exit, out, err = as_root(s, [[
      mkdir -p sky-out; mount -t tmpfs -o size=160k,mode=755 none sky-out
      "$SKYLUA" build -j 1 2>&1 || echo "exit $?"
      mount -o remount,size=4m sky-out
      "$SKYLUA" build -j 1 2>&1; "$SKYLUA" build -j 1 2>&1; cmp sky-out/bin/g sky-out/bin/h
      head -c 10m /dev/zero > sky-out/fill || true
      echo 900000 > s
      "$SKYLUA" build -j 1 2>&1 || echo "exit $?"
      rm sky-out/fill
      "$SKYLUA" build -j 1 2>&1; "$SKYLUA" build -j 1 2>&1
    ]])
    if not exit then return pending("no user namespaces here") end
    assert.equal(0, exit, out .. err)
    assert.is_truthy(out:find("exit 1", 1, true) or out:find("exit 36", 1, true), out)
    local _, full = out:gsub("No space left on device", "")
    assert.is_true(full >= 2, out)
    local _, nothing = out:gsub("%(0 actions, 2 up to date%)", "")
    assert.equal(2, nothing, out)
  end)

  it("that is read-only is said before any action runs", function()
    local s = new()
    s:write { s = "2\n" }
    local exit, out, err = as_root(s, [[
      mount --bind . .; mount -o remount,bind,ro .; cd "$PWD"
      "$SKYLUA" build 2>&1 || echo "exit $?"
    ]])
    if not exit then return pending("no user namespaces here") end
    assert.equal(0, exit, out .. err)
    assert.is_truthy(out:find("exit 36", 1, true), out)
    assert.is_truthy(out:find("Read-only file system", 1, true), out)
    assert.equal("1\n", s:read "sky-out/bin/b.out")
  end)
end)
