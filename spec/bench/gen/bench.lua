--- Builds the same project with every tool by turns, and prints medians side by side.
-- Called by run.sh, which explains the settings.
local shapes = require "shapes"
local writers = require "writers"

local BIN, WORK = os.getenv "BIN", os.getenv "WORK"
local JOBS = os.getenv "JOBS"
local ROUNDS = math.tointeger(os.getenv "ROUNDS")
local SLOW_MAX = math.tointeger(os.getenv "SLOW_MAX")

---@class Tool
---@field name string
---@field command string
---@field out string         folder of its outputs
---@field clean string       shell commands: back to before the first build
---@field dirs? boolean      its output directories must be there
---@field coarse? boolean    sees changes in files by whole seconds
---@field slow? boolean      left out beyond SLOW_MAX actions
---@field program? string    what must be installed; default: its name

---@type Tool[]
local TOOLS = {
  { name = "skylua", command = os.getenv "SKYLUA" .. " build //... -j" .. JOBS,
    program = os.getenv "SKYLUA", out = "sky-out/bin", clean = "rm -rf sky-out cache" },
  { name = "ninja", command = "ninja -j" .. JOBS, out = "out", clean = "rm -rf out .ninja_*" },
  { name = "samu", command = "samu -j" .. JOBS, out = "out", clean = "rm -rf out .ninja_*" },
  { name = "n2", command = "n2 -j" .. JOBS, out = "out", clean = "rm -rf out .n2_db" },
  { name = "make", command = "make -j" .. JOBS, out = "out", clean = "rm -rf out", dirs = true },
  { name = "tup", command = "tup -j" .. JOBS, out = "out", clean = "rm -rf out .tup; tup init",
    dirs = true, coarse = true, slow = true },
}

---@class Scenario
---@field name string
---@field only? table<string, boolean>  kinds; nil: all
---@field edit? fun(shape: Shape, dir: string, k: integer)
---@field full? boolean     begins with nothing
---@field moves? boolean    must the last output change? nil: either

---@param path string
---@param text string
---@param mode string
local function put(path, text, mode)
  local f = assert(io.open(path, mode))
  assert(f:write(text))
  assert(f:close())
end

---@type Scenario[]
local SCENARIOS = {
  { name = "full", full = true },
  { name = "no-op", moves = false },
  { name = "one change", moves = true, edit = function(shape, dir, k)
    local line = shape.kind == "c" and "int added_%d = %d;\n" or "added %d %d\n"
    put(dir .. "/" .. shape.edit.path, line:format(k, k), "ab")
  end },
  { name = "touch only", moves = false, edit = function(shape, dir)
    os.execute(("touch '%s/%s'"):format(dir, shape.edit.path))
  end },
  { name = "comment only", only = { layered = true, c = true }, moves = false,
    edit = function(shape, dir, k)
      local line = shape.kind == "c" and "/* comment %d */\n" or "# comment %d\n"
      put(dir .. "/" .. shape.edit.comment, line:format(k), "ab")
    end },
  { name = "header change", only = { c = true }, moves = true, edit = function(shape, dir, k)
    local path = shape.edit.header
    local macro = "H" .. path:match "%d+"
    put(dir .. "/" .. path, ("#define %s %d\n"):format(macro, 1000 + k), "wb")
  end },
}

---@param command string
---@return string output
local function capture(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read "a"
  if not pipe:close() then error("failed: " .. command) end
  return text
end

---@param list number[]
---@return number
local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- Runs a command in `dir`; raises with the end of its output when it fails.
---@param dir string
---@param command string
---@return number seconds
---@return number cpu  seconds, with all it waited for
---@return integer rss KiB
local function measure(dir, command)
  local text = capture(("cd '%s' && XDG_CACHE_HOME=\"$PWD/cache\" '%s/measure' '%s/log' %s"):format(
    dir, BIN, WORK, command))
  local exit, wall, cpu, rss = text:match "^(%d+) (%S+) (%S+) (%d+)"
  if exit ~= "0" then
    error(("%s ended with %s:\n%s"):format(command, exit, capture(("tail '%s/log'"):format(WORK))))
  end
  return tonumber(wall), tonumber(cpu), math.tointeger(rss)
end

---@param path string
---@return string
local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

---@param tool Tool
---@param shape Shape
---@param dir string
local function clean(tool, shape, dir)
  capture(("cd '%s' && { %s; } 2>&1"):format(dir, tool.clean))
  if tool.dirs then writers.output_dirs(shape, dir, tool.out) end
end

---@class Result
---@field wall number
---@field cpu number
---@field rss integer

---@param tool Tool
---@param shape Shape
---@param dir string
---@param scenario Scenario
---@param rounds integer
---@return Result
local function run(tool, shape, dir, scenario, rounds)
  local walls, cpus, peaks = {}, {}, {}
  local last = ("%s/%s/%s"):format(dir, tool.out, shape.last)
  for k = 1, rounds do
    local before = not scenario.full and read(last)
    if scenario.full then clean(tool, shape, dir) end
    if scenario.edit then
      -- ninja and make lose an edit made within one tick of the clock (4 ms)
      os.execute(tool.coarse and "sleep 1.1" or "sleep 0.02")
      scenario.edit(shape, dir, k)
    end
    walls[k], cpus[k], peaks[k] = measure(dir, tool.command)
    if scenario.moves ~= nil and (read(last) ~= before) ~= scenario.moves then
      error(("%s: %s: the last output is %s"):format(tool.name, scenario.name,
        scenario.moves and "as before" or "another one"))
    end
  end
  return { wall = median(walls), cpu = median(cpus), rss = median(peaks) }
end

--- The two programs that no build can be faster than.
---@param dir string
---@param rounds integer
---@return { full: number, stat: number }
local function floor(dir, rounds)
  local full, stat = {}, {}
  for k = 1, rounds do
    full[k] = measure(dir, ("'%s/floor_spawn' commands %s"):format(BIN, JOBS))
  end
  for k = 1, ROUNDS do
    stat[k] = tonumber(capture(("cd '%s' && '%s/floor_stat' files"):format(dir, BIN)))
  end
  return { full = median(full), stat = median(stat) }
end

-- ---- showing ----

---@param s number
---@return string
local function time(s)
  return s < 1 and ("%.1f ms"):format(s * 1e3) or ("%.2f s"):format(s)
end

---@param cells string[]
local function row(cells)
  local parts = { ("%-14s"):format(cells[1]) }
  for i = 2, #cells do parts[i] = ("%11s"):format(cells[i]) end
  print(table.concat(parts))
end

---@param floors { full: number, stat: number }
---@param tools Tool[]
---@param results table<string, table<string, Result>>
---@param actions integer
local function show(floors, tools, results, actions)
  local head = { "", "floor" }
  for _, tool in ipairs(tools) do head[#head + 1] = tool.name end
  head[#head + 1] = "by floor"
  head[#head + 1] = "by best"
  row(head)
  for _, scenario in ipairs(SCENARIOS) do
    local base = scenario.full and floors.full or floors.stat
    local line, ours, best = { scenario.name, time(base) }, nil, nil
    for _, tool in ipairs(tools) do
      local r = results[tool.name][scenario.name]
      line[#line + 1] = r and time(r.wall) or "-"
      if r and tool.name == "skylua" then ours = r.wall end
      if r and tool.name ~= "skylua" then best = math.min(best or r.wall, r.wall) end
    end
    line[#line + 1] = ours and ("%.2f"):format(ours / base) or "-"
    line[#line + 1] = ours and best and ("%.2f"):format(ours / best) or "-"
    if results[tools[1].name][scenario.name] then row(line) end
  end
  for _, name in ipairs { "full", "no-op" } do
    local cpu, peak = { name .. ", CPU", "" }, { name .. ", RSS", "" }
    local each = { "  per action", "" }
    for _, tool in ipairs(tools) do
      local r = results[tool.name][name]
      cpu[#cpu + 1] = time(r.cpu)
      peak[#peak + 1] = ("%.1f MB"):format(r.rss / 1024)
      each[#each + 1] = ("%d B"):format(r.rss * 1024 // actions)
    end
    row(cpu)
    row(peak)
    row(each)
  end
end

-- ---- all of it ----

---@param name string
---@return boolean
local function installed(name)
  return os.execute(("command -v '%s' >/dev/null"):format(name)) == true
end

---@param words string
---@return table<string, boolean>
local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end

---@param count integer
---@return Tool[]
local function tools_for(count)
  local wanted, list = set(os.getenv "TOOLS"), {}
  for _, tool in ipairs(TOOLS) do
    if wanted[tool.name] and not installed(tool.program or tool.name) then
      print(("%s is not installed: skipped"):format(tool.name))
    elseif wanted[tool.name] and tool.slow and count > SLOW_MAX then
      print(("%s takes too long at %d actions (SLOW_MAX=%d): skipped"):format(tool.name, count,
        SLOW_MAX))
    elseif wanted[tool.name] then
      list[#list + 1] = tool
    end
  end
  return list
end

---@param tool Tool
---@param shape Shape
---@param dir string
---@param full_rounds integer
---@return table<string, Result>
local function scenarios(tool, shape, dir, full_rounds)
  local results = {}
  for _, scenario in ipairs(SCENARIOS) do
    if not scenario.only or scenario.only[shape.kind] then
      results[scenario.name] = run(tool, shape, dir, scenario,
        scenario.full and full_rounds or ROUNDS)
    end
  end
  return results
end

local failed = false

---@param kind string
---@param count integer
local function bench(kind, count)
  local shape = shapes.make(kind, count)
  local actions = #shape.actions
  local full_rounds = actions < 5000 and math.min(3, ROUNDS) or 1
  print(("\n== %s: %d actions, %d sources, -j%s; medians of %d, full builds of %d"):format(kind,
    actions, #shape.sources, JOBS, ROUNDS, full_rounds))
  local tools, results = tools_for(count), {}
  local top = ("%s/%s-%d"):format(WORK, kind, count)
  os.execute(("mkdir -p '%s'"):format(top))
  writers.write("floor", shape, top .. "/floor", BIN)
  local floors = floor(top .. "/floor", full_rounds)
  local good = {}
  for _, tool in ipairs(tools) do
    local dir = ("%s/%s"):format(top, tool.name)
    writers.write(tool.name, shape, dir, BIN)
    local ok, why = pcall(scenarios, tool, shape, dir, full_rounds)
    if ok then
      good[#good + 1], results[tool.name] = tool, why
    else
      print(("%s does not work here and is left out: %s"):format(tool.name, why))
      failed = failed or tool.name == "skylua"
    end
  end
  if #good > 0 then show(floors, good, results, actions) end
  os.execute(("rm -rf '%s'"):format(top))
end

--- `skylua --version`, and a build with nothing to do in the smallest workspace.
local function start()
  local dir, skylua = WORK .. "/start", os.getenv "SKYLUA"
  capture(("mkdir -p '%s'"):format(dir))
  put(dir .. "/WORKSPACE.lua", "", "wb")
  put(dir .. "/BUILD.lua", 'genrule { name = "b", srcs = { "a" }, outs = { "c" }, '
    .. 'cmd = "cp $(in) $(out)" }\n', "wb")
  put(dir .. "/a", "text\n", "wb")
  put(dir .. "/build.ninja", "rule cp\n  command = cp $in $out\nbuild out/c: cp a\n", "wb")
  local function show_one(name, command)
    local walls = {}
    measure(dir, command)
    for k = 1, ROUNDS * 4 do walls[k] = measure(dir, command) end
    print(("  %-34s %8.2f ms"):format(name, median(walls) * 1e3))
  end
  print "== start of the program, medians"
  show_one("skylua --version", skylua .. " --version")
  show_one("skylua build, one action, no-op", skylua .. " build")
  if not installed "ninja" then return end
  show_one("ninja --version", "ninja --version")
  show_one("ninja, one action, no-op", "ninja")
end

start()
for kind, sizes in os.getenv("PLAN"):gmatch "(%a+)=([%d,]+)" do
  for size in sizes:gmatch "%d+" do bench(kind, math.tointeger(size)) end
end
if failed then os.exit(1) end
