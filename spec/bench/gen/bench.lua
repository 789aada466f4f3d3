--- Builds the same project with every tool by turns, and prints medians side by side.
-- Called by run.sh, which explains the settings.
local shapes = require "shapes"
local writers = require "writers"

local BIN, WORK = os.getenv "BIN", os.getenv "WORK"
local JOBS = os.getenv "JOBS"
local ROUNDS = math.tointeger(os.getenv "ROUNDS")
local MANY = 5000       -- actions: full builds once only; their memory is worth dividing
local SLOW_MAX = math.tointeger(os.getenv "SLOW_MAX")

---@class Tool
---@field name string
---@field command string
---@field out string         folder of its outputs
---@field made string        what it makes: files, for the shell
---@field init? string       what it wants to be told before the first build
---@field dirs? boolean      its output directories must be there
---@field coarse? boolean    sees changes in files by whole seconds
---@field slow? boolean      left out beyond SLOW_MAX actions
---@field program? string    what must be installed; default: its name

---@type Tool[]
local TOOLS = {
  { name = "skylua", command = os.getenv "SKYLUA" .. " build //... -j" .. JOBS,
    program = os.getenv "SKYLUA", out = "sky-out/bin", made = "sky-out cache" },
  { name = "ninja", command = "ninja -j" .. JOBS, out = "out", made = "out .ninja_*" },
  { name = "samu", command = "samu -j" .. JOBS, out = "out", made = "out .ninja_*" },
  { name = "n2", command = "n2 -j" .. JOBS, out = "out", made = "out .n2_db" },
  { name = "make", command = "make -j" .. JOBS, out = "out", made = "out", dirs = true },
  { name = "tup", command = "tup -j" .. JOBS, out = "out", made = "out .tup", init = "tup init",
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

--- Back to before the first build. What is there is moved away, not removed: for some seconds
--- ext4 makes new files more slowly when many were removed.
---@param tool Tool
---@param shape Shape
---@param dir string
local function clean(tool, shape, dir)
  capture(([[cd '%s' && trash=$(mktemp -d -p ..) && for f in %s; do
    [ ! -e "$f" ] || mv "$f" "$trash"; done; %s]]):format(dir, tool.made, tool.init or ""))
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
---@param k integer  the round
---@return Result
local function once(tool, shape, dir, scenario, k)
  local last = ("%s/%s/%s"):format(dir, tool.out, shape.last)
  local before = not scenario.full and read(last)
  if scenario.full then clean(tool, shape, dir) end
  if scenario.edit then
    -- ninja and make lose an edit made within one tick of the clock (4 ms)
    os.execute(tool.coarse and "sleep 1.1" or "sleep 0.02")
    scenario.edit(shape, dir, k)
  end
  local wall, cpu, rss = measure(dir, tool.command)
  if scenario.moves ~= nil and (read(last) ~= before) ~= scenario.moves then
    error(("%s: %s: the last output is %s"):format(tool.name, scenario.name,
      scenario.moves and "as before" or "another one"), 0)
  end
  return { wall = wall, cpu = cpu, rss = rss }
end

--- What no build can be faster than: only the commands, or only the stat calls.
---@param dir string
---@param full boolean?
---@return Result
local function floor(dir, full)
  if full then
    local wall, cpu, rss = measure(dir, ("'%s/floor_spawn' commands %s"):format(BIN, JOBS))
    return { wall = wall, cpu = cpu, rss = rss }
  end
  local wall = tonumber(capture(("cd '%s' && '%s/floor_stat' files"):format(dir, BIN)))
  return { wall = wall, cpu = 0, rss = 0 }
end

---@param samples Result[]
---@return Result
local function middle(samples)
  local result = {}
  for _, field in ipairs { "wall", "cpu", "rss" } do
    local list = {}
    for i, sample in ipairs(samples) do list[i] = sample[field] end
    result[field] = median(list)
  end
  return result
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

---@param tools Tool[]
---@param results table<string, table<string, Result>>  by tool, or "floor", and scenario
---@param actions integer
local function show(tools, results, actions)
  local head = { "", "floor" }
  for _, tool in ipairs(tools) do head[#head + 1] = tool.name end
  head[#head + 1] = "by floor"
  head[#head + 1] = "by best"
  row(head)
  local function line(name, scenario, field)
    local base = results.floor[scenario] and results.floor[scenario][field]
    local cells, ours, best = { name, base and time(base) or "" }, nil, nil
    for _, tool in ipairs(tools) do
      local value = results[tool.name][scenario][field]
      cells[#cells + 1] = time(value)
      if tool.name == "skylua" then
        ours = value
      else
        best = math.min(best or value, value)
      end
    end
    cells[#cells + 1] = ours and base and ("%.2f"):format(ours / base) or ""
    cells[#cells + 1] = ours and best and ("%.2f"):format(ours / best) or ""
    row(cells)
  end
  for _, scenario in ipairs(SCENARIOS) do
    if results[tools[1].name][scenario.name] then line(scenario.name, scenario.name, "wall") end
  end
  line("full, CPU", "full", "cpu")
  for _, name in ipairs { "full", "no-op" } do
    local peak, each = { name .. ", peak", "" }, { "  per action", "" }
    for _, tool in ipairs(tools) do
      local rss = results[tool.name][name].rss
      peak[#peak + 1] = ("%.1f MB"):format(rss / 1024)
      each[#each + 1] = ("%d B"):format(rss * 1024 // actions)
    end
    row(peak)
    if actions >= MANY then row(each) end
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

local failed = false

--- All scenarios, the tools by turns; who does not work is left out from then on.
---@param shape Shape
---@param top string
---@param tools Tool[]
---@param full_rounds integer
---@return table<string, table<string, Result>>
local function measure_all(shape, top, tools, full_rounds)
  local results = { floor = {} }
  for _, tool in ipairs(tools) do results[tool.name] = {} end
  for _, scenario in ipairs(SCENARIOS) do
    local samples = { floor = {} }
    local wanted = not scenario.only or scenario.only[shape.kind]
    for k = 1, wanted and (scenario.full and full_rounds or ROUNDS) or 0 do
      -- a changed file is no more stat calls: the floor of a build without changes
      samples.floor[k] = floor(top .. "/floor", scenario.full)
      for i = #tools, 1, -1 do
        local tool = tools[i]
        local ok, result = pcall(once, tool, shape, top .. "/" .. tool.name, scenario, k)
        if ok then
          samples[tool.name] = samples[tool.name] or {}
          table.insert(samples[tool.name], result)
        else
          print(("%s does not work here and is left out: %s"):format(tool.name, result))
          failed = failed or tool.name == "skylua"
          table.remove(tools, i)
        end
      end
    end
    for name, list in pairs(samples) do -- fills a map: the order cannot be seen
      if #list > 0 then results[name][scenario.name] = middle(list) end
    end
  end
  return results
end

---@param kind string
---@param count integer
local function bench(kind, count)
  local shape = shapes.make(kind, count)
  local actions = #shape.actions
  local full_rounds = actions < MANY and math.min(3, ROUNDS) or 1
  print(("\n== %s: %d actions, %d sources, -j%s; medians of %d, full builds of %d"):format(kind,
    actions, #shape.sources, JOBS, ROUNDS, full_rounds))
  local tools = tools_for(count)
  local top = ("%s/%s-%d"):format(WORK, kind, count)
  os.execute(("mkdir -p '%s'"):format(top))
  writers.write("floor", shape, top .. "/floor", BIN)
  for _, tool in ipairs(tools) do
    writers.write(tool.name, shape, ("%s/%s"):format(top, tool.name), BIN)
  end
  local results = measure_all(shape, top, tools, full_rounds)
  if #tools > 0 then show(tools, results, actions) end
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
