--- Reads the events of a project's three builds, prints a table of what ran, and checks it.
--   lua5.4 report.lua NAME DIRECTORY HEADER USERS [PRUNED]
-- DIRECTORY has NAME.first.json, NAME.second.json and NAME.touched.json; USERS is how many
-- compilations include HEADER; PRUNED is what one more build, NAME.pruned.json, shall have run,
-- such as "CC 1, Genrule 1". Writes the summary into DIRECTORY/NAME.line. Exit 1 if the second
-- build ran anything, or the third one anything but those compilations.

local json = require "dkjson"

local name, dir, header, users, pruned = arg[1], arg[2], arg[3], math.tointeger(arg[4]), arg[5]

---@class Run
---@field title string
---@field executed integer  as the `finished` event says
---@field restored integer
---@field failed integer
---@field up_to_date integer
---@field wall number  seconds
---@field counts table<string, integer>  mnemonic -> `action` events
---@field events integer  how many `action` events there were

---@param title string
---@return Run
local function read_run(title)
  local path = ("%s/%s.%s.json"):format(dir, name, title)
  local run = { title = title, counts = {}, events = 0 }
  for line in assert(io.open(path)):lines() do
    local event, _, why = json.decode(line)
    if not event then error(path .. ": " .. why .. ": " .. line) end
    if event.event == "action" then
      run.counts[event.mnemonic] = (run.counts[event.mnemonic] or 0) + 1
      run.events = run.events + 1
    elseif event.event == "finished" then
      for _, field in ipairs { "executed", "restored", "failed", "up_to_date" } do
        run[field] = math.tointeger(event.actions[field])
      end
      run.wall = event.wall
    end
  end
  if not run.wall then error(path .. ": no `finished` event") end
  return run
end

---@param run Run
---@return string  "CC 33, Genrule 1"
local function what(run)
  local parts = {}
  for mnemonic, count in pairs(run.counts) do
    parts[#parts + 1] = mnemonic .. " " .. count
  end
  table.sort(parts)
  return #parts > 0 and table.concat(parts, ", ") or "nothing"
end

local wrong = {}

---@param holds boolean
---@param format string
local function check(holds, format, ...)
  if not holds then wrong[#wrong + 1] = format:format(...) end
end

local first, second, touched = read_run "first", read_run "second", read_run "touched"

print(("%-8s %-8s %8s %8s %10s %7s  %s"):format(name, "build", "executed", "restored", "up to date",
  "seconds", "what ran"))
local runs = { first, second, touched }
if pruned then
  runs[4] = read_run "pruned"
  check(what(runs[4]) == pruned, "the last build ran %s, wanted %s", what(runs[4]), pruned)
end
for _, run in ipairs(runs) do
  print(("%-8s %-8s %8d %8d %10d %7.2f  %s"):format("", run.title, run.executed, run.restored,
    run.up_to_date, run.wall, what(run)))
  check(run.failed == 0, "%s build: %d actions failed", run.title, run.failed)
  check(run.events == run.executed + run.restored, "%s build: %d action events for %d actions",
    run.title, run.events, run.executed + run.restored)
end
check(first.executed > 0 and first.up_to_date == 0, "the first build was not a first build")
check(second.executed + second.restored == 0, "the second build ran %s", what(second))
check(second.up_to_date == first.executed, "the second build knows %d actions, not %d",
  second.up_to_date, first.executed)
check(users > 0, "nothing includes %s", header)
check(touched.events == users and (touched.counts.CC or 0) == users,
  "a comment in %s ran %s, wanted CC %d and nothing else", header, what(touched), users)

for _, line in ipairs(wrong) do print(name .. ": WRONG: " .. line) end
if #wrong > 0 then os.exit(1) end
local out = assert(io.open(dir .. "/" .. name .. ".line", "w"))
out:write(("%s: ok (actions %d/%d/%d)\n"):format(name, first.executed, second.executed,
  touched.executed))
out:close()
