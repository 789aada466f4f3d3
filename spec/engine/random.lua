--- The random differential test: random programs on the engine and on a plain recursive
-- evaluator.
--   skylua lua spec/engine/random.lua [steps=N] [seconds=N] [seed=N] [evaluators=N] ...
--   skylua lua spec/engine/random.lua FILE      a program that was printed
-- At a difference it prints the smallest program that still shows it and ends with 1.
local program = require "spec.engine.random.program"
local run = require "spec.engine.random.run"

local options = { steps = nil, seconds = nil, seed = os.time(), print_every = 20000 }
local force, file = {}, nil
for _, word in ipairs(arg) do
  local name, value = word:match("^(%w+)=(.*)$")
  if not name then
    file = word
  elseif name == "steps" or name == "seconds" or name == "seed" then
    options[name] = math.tointeger(tonumber(value)) or error("not a number: " .. word)
  else
    force[name] = math.tointeger(tonumber(value)) or value
    if value == "true" or value == "false" then force[name] = value == "true" end
  end
end

--- The same difference, in other numbers?
local function kind_of(why)
  return (why:gsub("^operation %d+", ""):gsub("%d+", "#"):sub(1, 24))
end

--- Cuts a failing program down as long as it fails in the same way.
---@param p table
---@param why string
---@return table program
---@return string why
local function shrink(p, why)
  local kind, tries, limit, tried = kind_of(why), 0, os.time() + 120, {}
  local again = true
  while again and os.time() < limit do
    again = false
    for smaller in program.smaller(p) do
      local text = program.text(smaller)
      local now = not tried[text] and run.run(smaller)
      if not tried[text] then tries = tries + 1 end
      tried[text] = true
      if now and kind_of(now) == kind then
        p, why, again = smaller, now, true
        break
      end
    end
  end
  print(("cut down in %d tries"):format(tries))
  return p, why
end

local function report(p, why)
  p, why = shrink(p, why)
  print("the smallest program that shows it:")
  print(program.text(p))
  print("-- " .. why)
  os.exit(1)
end

if file then
  local why = run.run(assert(loadfile(file, "t", {}))())
  print(why or "no difference")
  os.exit(why and 1 or 0)
end

local steps, programs, seed, begun, told = 0, 0, options.seed, os.time(), 0
local wanted = options.steps or not options.seconds and 4000
print("seed " .. seed)
while not (wanted and steps >= wanted) and
  not (options.seconds and os.time() - begun >= options.seconds) do
  local p = program.random(seed, force)
  local why, done = run.run(p)
  steps, programs = steps + done, programs + 1
  if why then
    print(("seed %d: %s"):format(seed, why))
    report(p, why)
  end
  if steps - told >= options.print_every then
    told = steps
    print(("%d steps, next seed %d"):format(steps, seed + 1))
  end
  seed = seed + 1
end
print(("%d random steps in %d programs, no difference"):format(steps, programs))
