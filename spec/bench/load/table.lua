-- table.lua: runs the programs of this directory by turns and prints medians and ratios
-- (design section 11).
local generate = dofile "generate.lua"

local PACKAGES, TARGETS = math.tointeger(os.getenv "PACKAGES"), math.tointeger(os.getenv "TARGETS")
local RUNS, WORK, SKYLUA = math.tointeger(os.getenv "RUNS"), os.getenv "WORK", os.getenv "SKYLUA"

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- Adds what a program prints to its samples.
local function sample(command, into)
  local pipe = assert(io.popen(command, "r"))
  local line = pipe:read "l"
  if not pipe:close() or not line then error(command .. " failed") end
  local i = 0
  for number in line:gmatch("%S+") do
    i = i + 1
    into[i] = into[i] or {}
    table.insert(into[i], tonumber(number))
  end
end

local function skylua(evaluators)
  return ("'%s' lua load.lua '%s/ws' %d"):format(SKYLUA, WORK, evaluators)
end

local file = ("%s/ws/p%d/BUILD.lua"):format(WORK, PACKAGES // 2)
local text = generate.build_file(PACKAGES // 2, PACKAGES, TARGETS)

-- What is done before each run.
local PHASES = {
  { "cold", function() os.execute(("rm -rf '%s/ws/sky-out/state'; mkdir -p '%s/ws/sky-out/state'")
    :format(WORK, WORK)) end },
  { "nothing changed", function() end },
  { "a comment changed", function(n) generate.write(file, "-- " .. n .. "\n" .. text) end },
  { "one BUILD.lua changed", function(n)
    generate.write(file, text .. ('cc_library { name = "new%d" }\n'):format(n))
  end },
}

local function row(name, s, plain)
  print(("%-36s %7.3f s %7.3f s %6.2f %9d %7.0f MiB %9s"):format(name, median(s[1]), median(s[2]),
    median(s[2]) / plain, median(s[3]), median(s[4]) / 1024,
    s[5] and tostring(median(s[5])) or ""))
end

local function main()
  assert(os.execute(("mkdir -p '%s/ws'"):format(WORK)))
  generate.workspace(WORK .. "/ws", PACKAGES, TARGETS)
  local plain, all, n = {}, {}, 0
  for _ = 1, RUNS do
    sample(("lua5.4 plain.lua '%s/ws' %d"):format(WORK, PACKAGES), plain)
    for evaluators = 0, 2 do
      for _, phase in ipairs(PHASES) do
        local name = ("%s, %d evaluators"):format(phase[1], evaluators)
        if not all[name] then all[name], all[#all + 1] = {}, name end
        n = n + 1
        phase[2](n)
        sample(skylua(evaluators), all[name])
      end
    end
  end
  print(("%d packages of %d targets, %d runs each, medians"):format(PACKAGES, TARGETS, RUNS))
  print(("%-36s %9s %9s %6s %9s %11s %9s"):format("", "wall", "user", "ratio", "targets", "memory",
    "packages"))
  local user = median(plain[2])
  row("plain Lua", plain, user)
  for _, name in ipairs(all) do row(name, all[name], user) end
  local ratio = median(all["cold, 1 evaluators"][2]) / user
  print(("goal: cold, 1 evaluator, by plain Lua (user time): %.2f, goal <= 2.00  %s"):format(ratio,
    ratio <= 2 and "met" or "not met"))
end

main()
