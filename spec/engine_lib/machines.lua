--- Node functions for statemachine_spec.lua. What runs is written to the file $STEPS.
local sky = require "skylua"
local sm = require "skylua.statemachine"

local DONE = sm.DONE
local word, broken = sky.fn "WORD", sky.fn "BROKEN"

---@param text string
local function say(text)
  local f = assert(io.open(os.getenv "STEPS", "a"))
  f:write(text, "\n")
  f:close()
end

local F = {}

F.WORD = { hermetic = false, compute = function(_, name) return name end }

F.BROKEN = function(env, name)
  if name:find "^slow" then env:get(word(name)) end
  env:fail { message = "broken " .. name, code = "E9" .. #name }
end

---@return fun(value: any)  keeps what was found in `into`
local function keep(into, name)
  return function(value)
    say("sink " .. name)
    into[#into + 1] = value
  end
end

--- The driver kept in the state, and how the function ends: the guide's plainest form.
local function drive(env, build, result)
  local state = env:state()
  if not state.driver then
    say "built"
    state.found = {}
    state.driver = sm.Driver.new(build(state.found))
  end
  if not state.driver:drive(env) then
    say "not yet"
    return nil
  end
  return result(state.found)
end

local function joined(found) return table.concat(found, " ") end

F.TWO_STEPS = function(env)
  return drive(env, function(found)
    return function(tasks)
      say "step 1"
      tasks:lookup(word "A1", keep(found, "A1"))
      return function(again)
        say "step 2"
        again:lookup(word "A2", keep(found, "A2"))
        return DONE
      end
    end
  end, joined)
end

--- A chain of look-ups; a name that begins with "!" is of a key in error.
local function chain(found, names, at)
  return function(tasks)
    local name = names[at]
    say("step " .. name)
    tasks:lookup(name:find "^!" and broken(name) or word(name), keep(found, name))
    return names[at + 1] and chain(found, names, at + 1) or DONE
  end
end

local function chains(a, b)
  return function(found)
    return function(tasks)
      tasks:enqueue(chain(found, a, 1))
      tasks:enqueue(chain(found, b, 1))
      return DONE
    end
  end
end

local CHAINS = chains({ "A1", "A2", "A3" }, { "B1", "B2", "B3" })

F.CHAINS = function(env)
  return drive(env, CHAINS, function(found)
    table.sort(found)
    return joined(found)
  end)
end

--- The same, and each call finds its state gone.
F.FORGETFUL = function(env)
  local state = env:state()
  for name in next, state do state[name] = nil end
  return F.CHAINS(env)
end

F.UNHANDLED = function(env)
  return drive(env, chains({ "!A1", "A2" }, { "B1", "B2", "B3" }), joined)
end

F.SWALLOWED = function(env)
  return drive(env, function(found)
    return function(tasks)
      tasks:lookup_or_error(broken "A1", function(value, err)
        found[1] = value == nil and err.message or "both"
      end)
      return DONE
    end
  end, joined)
end

--- Of two errors one is taken; the other is the node's.
F.ONE_TAKEN = function(env)
  return drive(env, function(found)
    return function(tasks)
      tasks:lookup_or_error(broken "taken", function(_, err) found[1] = err.message end)
      tasks:lookup(broken "not taken", keep(found, "never"))
      return DONE
    end
  end, joined)
end

--- Only errors with the code of a name of two letters are wanted.
F.CODES = function(env, name)
  return sm.produce(env, function(tasks, out)
    tasks:lookup_or_error(broken(name), function(_, err) out:set_value("took " .. err.code) end,
      { "E92" })
    return DONE
  end)
end

--- Asks for the broken key first, so that it is in error while the other is not there.
F.PRODUCER = function(env)
  local state = env:state()
  if not state.primed and not env:try(broken "B") then
    state.primed = true
    local _, err = env:try(broken "B")
    if not err then return nil end
  end
  return sm.produce(env, function(tasks, out)
    say "built"
    tasks:lookup(word "slow", function() say "slow" end)
    tasks:lookup_or_error(broken "B", function(_, err)
      out:set_error { message = "it says: " .. err.message }
    end)
    return DONE
  end)
end

--- A value and an error: the error counts.
F.BOTH = function(env)
  return sm.produce(env, function(_, out)
    out:set_value "value"
    out:set_error "error first"
    out:set_error "error second"
    return DONE
  end)
end

--- What follows a machine follows it after an error too.
F.AFTER_ERROR = function(env)
  return sm.produce(env, function(_, out)
    local seen
    local function first(tasks)
      tasks:lookup_or_error(broken "x", function(_, err) seen = err.message end)
      return function() return DONE end
    end
    return sm.run_after(first, function()
      out:set_value("after " .. seen)
      return DONE
    end)
  end)
end

--- A machine written as a table.
F.OBJECT = function(env)
  local Machine = {}
  function Machine:step(tasks, out)
    self.out = out
    tasks:lookup(word "A1", function(value) self.value = value end)
    return { step = function() return self:last() end }
  end
  function Machine:last()
    self.out:set_value("object " .. self.value)
    return DONE
  end
  return sm.produce(env, Machine)
end

--- `n` subtasks, each in the one before, and a look-up at the bottom.
F.DEEP = function(env, n)
  return sm.produce(env, function(tasks, out)
    local function down(left)
      return function(inner)
        if left == 0 then
          inner:lookup(word "bottom", function(value) out:set_value(value) end)
        else
          inner:enqueue(down(left - 1))
        end
        return DONE
      end
    end
    tasks:enqueue(down(n))
    return DONE
  end)
end

--- `n` look-ups at once, of words and of errors, many of them others' too.
F.WIDE = function(env, arg)
  return sm.produce(env, function(tasks, out)
    local sum = 0
    for i = 1, arg.n do
      local name = ("%d"):format((i * arg.by) % 97)
      if i % 3 == 0 then
        tasks:lookup_or_error(broken("slow " .. name), function(_, err)
          sum = sum + #err.message
        end)
      else
        tasks:lookup(word(name), function(value) sum = sum + #value end)
      end
    end
    return function()
      out:set_value(sum)
      return DONE
    end
  end)
end

local MISTAKES = {
  nothing = function() end,
  no_value = function() return DONE end,
  no_key = function(tasks) tasks:lookup("A1", print) end,
  no_sink = function(tasks) tasks:lookup(word "A1") end,
  no_machine = function(tasks) tasks:enqueue(3) end,
  no_error = function(_, out) out:set_error(nil) end,
  outside = function(tasks)
    tasks:lookup(word "A1", function() tasks:lookup(word "A2", print) end)
    return DONE
  end,
  raises = function(tasks)
    tasks:lookup(word "A1", function() error("in the sink", 0) end)
    return DONE
  end,
}

F.MISTAKE = function(env, which)
  if which == "waits" then
    return sm.produce(env, function() return env:get(word "A1") and DONE end)
  end
  return sm.produce(env, MISTAKES[which])
end

return F
