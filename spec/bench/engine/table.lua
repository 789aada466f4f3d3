-- table.lua: runs the programs of this directory by turns and prints medians,
-- ratios, and how far the goals are (design section 11).
local GRID = math.tointeger(os.getenv "GRID")
local RUNS = math.tointeger(os.getenv "RUNS")
local SKYLUA, BIN = os.getenv "SKYLUA", os.getenv "BIN"
-- A value of this grid as the engine keeps it: its own allocation of 48 bytes.
local VALUE_BYTES = 48

local PROGRAMS = {
  { name = "plain Lua", command = ("lua5.4 plain.lua %d"):format(GRID) },
  { name = "Lua function, 0 evaluators", command = SKYLUA .. " lua engine.lua 0" },
  { name = "Lua function, 1 evaluator", command = SKYLUA .. " lua engine.lua 1" },
  { name = "Lua function, 2 evaluators", command = SKYLUA .. " lua engine.lua 2" },
  { name = "bare C graph", command = ("%s/bare %d"):format(BIN, GRID) },
  { name = "C function, 0 evaluators", command = ("%s/grid %d 0"):format(BIN, GRID) },
  { name = "C function, 1 evaluator", command = ("%s/grid %d 1"):format(BIN, GRID) },
  { name = "C function, 2 evaluators", command = ("%s/grid %d 2"):format(BIN, GRID) },
}
local PHASES = { "fresh", "corner", "middle", "unchanged" }

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- Runs a program once; what it says goes to its samples.
local function run(program, expected)
  local pipe = assert(io.popen(program.command, "r"))
  local count = 0
  for line in pipe:lines() do
    local phase, seconds, evaluated, value, rss = line:match "^(%a+) (%S+) (%d+) (%d+) (%-?%d+)$"
    if not phase then error(("%s printed %q"):format(program.name, line)) end
    if expected[phase] == nil then expected[phase] = value end
    if expected[phase] ~= value then
      error(("%s: %s gives %s, not %s"):format(program.name, phase, value, expected[phase]))
    end
    local s = program.samples[phase]
    table.insert(s.seconds, tonumber(seconds))
    table.insert(s.rss, tonumber(rss))
    s.evaluated = tonumber(evaluated)
    count = count + 1
  end
  if not pipe:close() or count ~= #PHASES then error(program.name .. " failed") end
end

local function measure()
  local expected = {}
  for _, p in ipairs(PROGRAMS) do
    p.samples = {}
    for _, phase in ipairs(PHASES) do p.samples[phase] = { seconds = {}, rss = {} } end
  end
  for _ = 1, RUNS do
    for _, p in ipairs(PROGRAMS) do run(p, expected) end
  end
  for _, p in ipairs(PROGRAMS) do
    for _, phase in ipairs(PHASES) do
      p[phase] = median(p.samples[phase].seconds)
      p[phase .. "_evaluated"] = p.samples[phase].evaluated
    end
    p.rate = p.fresh_evaluated / p.fresh / 1e6
    p.bytes = median(p.samples.fresh.rss) / p.fresh_evaluated
  end
end

local function print_table()
  print(("grid of %d x %d, %d runs each, medians"):format(GRID, GRID, RUNS))
  print(("%-28s %9s %9s %9s %9s %11s %7s"):format("", "fresh", "M nodes/s", "corner", "middle",
    "unchanged", "B/node"))
  for _, p in ipairs(PROGRAMS) do
    print(("%-28s %7.3f s %9.2f %6.2f ms %7.3f s %8.0f us %7.0f"):format(p.name, p.fresh, p.rate,
      p.corner * 1e3, p.middle, p.unchanged * 1e6, p.bytes))
  end
end

local function goal(text, got, sign, wanted)
  local met = sign == ">=" and got >= wanted or sign == "<=" and got <= wanted
  print(("  %-58s %6.2f  goal %s %6.2f  %s"):format(text, got, sign, wanted,
    met and "met" or "not met"))
end

local function print_goals()
  local plain, _, one, two, bare, c0, c1, c2 = table.unpack(PROGRAMS)
  local best = math.max(c0.rate, c1.rate, c2.rate)
  print "goals"
  goal("Lua function, 1 evaluator: speed by plain Lua's", one.rate / plain.rate, ">=", 1.0)
  goal("Lua function, 2 evaluators: speed by plain Lua's", two.rate / plain.rate, ">=", 1.4)
  goal("Lua function, 2 evaluators: speed by 1 evaluator's", two.rate / one.rate, ">=", 1.0)
  goal("C function, best: speed by the bare graph's", best / bare.rate, ">=", 0.5)
  goal("C function, 1 evaluator: bytes a node without values", c1.bytes - VALUE_BYTES, "<=", 120)
  goal("Lua function, 1 evaluator: bytes a node without values", one.bytes - VALUE_BYTES, "<=",
    120)
end

measure()
print_table()
print_goals()
