--- The table of src/README.md: which floor may include what.
local shell = require "spec.support.events"
local tree = require "spec.support.tree"

local LUA = { "lua.h", "lauxlib.h", "lualib.h", "luv/" }
--- Only os talks to the system; the binding and main.c sit on libuv's loop too.
local SYSTEM = { "unistd.h", "fcntl.h", "sys/", "linux/", "uv.h", "pthread.h", "poll.h", "dirent.h",
  "time.h", "spawn.h", "dlfcn.h" }

---@param header string
---@param list string[]
---@return boolean
local function is_one_of(header, list)
  for _, name in ipairs(list) do
    if header == name or name:sub(-1) == "/" and header:sub(1, #name) == name then return true end
  end
  return false
end

---@param row string  a row of a Markdown table
---@return string[]
local function cells(row)
  local list = {}
  for cell in row:gsub("^|", ""):gmatch("%s*(.-)%s*|") do list[#list + 1] = cell end
  return list
end

--- floor -> floor -> "yes", "" or a list of headers, as the table has it.
---@return table<string, table<string, string>>
---@return string[] floors
local function read_table()
  local names, rows, floors = nil, {}, {}
  for _, line in ipairs(tree.lines("src/README.md")) do
    if line:find("^| floor |") then
      names = cells(line)
    elseif names and line:find("^|[^-]") then
      local row = cells(line)
      rows[row[1]] = {}
      floors[#floors + 1] = row[1]
      for i = 2, #names do rows[row[1]][names[i]] = row[i] or "" end
    elseif names and line == "" then
      break
    end
  end
  return rows, floors
end

---@param path string
---@return fun(): string, string, string  `"` or `<`, floor, header
local function includes(path)
  local list = {}
  for _, line in ipairs(tree.lines(path)) do
    local kind, header = line:match('^#include ([<"])([^">]+)')
    if header then list[#list + 1] = { kind, header } end
  end
  local i = 0
  return function()
    i = i + 1
    if list[i] then return list[i][1], list[i][2]:match("^([^/]*)/") or "", list[i][2] end
  end
end

describe("the floors", function()
  local rows, floors = read_table()
  -- The table has no column for it: the roof stands on all floors.
  rows["main.c"].bind = "yes"

  it("are the directories of src", function()
    assert.same({ "base", "os", "graph", "store", "eval", "nodes", "bind", "main.c" }, floors)
  end)

  for _, floor in ipairs(floors) do
    local where = "src/" .. floor
    it(floor .. " includes only what the table allows", function()
      local wrong = {}
      for _, path in ipairs(tree.files(where, "*.[ch]")) do
        for kind, other, header in includes(path) do
          local rule = rows[floor][other]
          local bad
          if kind == "<" then
            bad = is_one_of(header, LUA) and rows[floor]["lua.h"] ~= "yes"
              or is_one_of(header, SYSTEM) and not is_one_of(floor, { "os", "bind", "main.c" })
          elseif other ~= floor then
            bad = not rule or rule ~= "yes"
              and not rule:find("`" .. header:match("[^/]+$") .. "`", 1, true)
          end
          if bad then wrong[#wrong + 1] = path .. " includes " .. header end
        end
      end
      assert.same({}, wrong)
    end)
  end
end)

describe("every header", function()
  local headers = tree.files("src", "*.h")

  it("compiles alone", function()
    local flags = "-std=c17 -D_GNU_SOURCE -Isrc -isystem /usr/include/lua5.4 -Wall -Wextra"
      .. " -pedantic -Werror"
    local wrong = {}
    for _, path in ipairs(headers) do
      local code, _, err = shell.sh(("printf '#include \"%s\"\\n' | gcc %s -fsyntax-only -x c -")
        :format(path:gsub("^src/", ""), flags))
      if code ~= 0 then wrong[#wrong + 1] = err end
    end
    assert.same({}, wrong)
  end)

  it("begins with its name and what it is for", function()
    local wrong = {}
    for _, path in ipairs(headers) do
      local first = tree.lines(path)[1] or ""
      local want = "/* " .. path:match("[^/]+$") .. " -- "
      if first:sub(1, #want) ~= want then wrong[#wrong + 1] = path .. ": " .. first end
    end
    assert.same({}, wrong)
  end)

  it("is guarded by SKY_FLOOR_FILE_H", function()
    local wrong = {}
    for _, path in ipairs(headers) do
      local guard = path:gsub("^src/", "sky/"):gsub("[/.]", "_"):upper()
      local lines = ("#ifndef %s\n#define %s\n"):format(guard, guard)
      if not shell.read(path):find(lines, 1, true) then
        wrong[#wrong + 1] = path .. ": " .. guard
      end
    end
    assert.same({}, wrong)
  end)

  it("takes no name that POSIX owns", function()
    local wrong = {}
    for _, path in ipairs(headers) do
      for _, line in ipairs(tree.lines(path)) do
        if line:find("^struct [%w_]*_t[ ;{]") or line:find("^typedef .*[^%w_][%w_]+_t;") then
          wrong[#wrong + 1] = path .. ": " .. line
        end
      end
    end
    assert.same({}, wrong)
  end)
end)
