--- The examples of the StateMachine guide as machines. Beside them, in coroutines.lua, is
-- the same again without any.
local sky = require "skylua"
local sm = require "skylua.statemachine"

local DONE = sm.DONE
local word, broken = sky.fn "WORD", sky.fn "BROKEN"

local F = {}

-- What is looked up: "a1" gives "A1"; BROKEN gives an error.
F.WORD = function(_, name) return name:upper() end
F.BROKEN = function(env, name) env:fail { message = ("there is no %s"):format(name) } end

--- Steps in a row, without any look-up.
F.HELLO_WORLD = function(env)
  return sm.produce(env, function(_, out)
    local text = "hello"
    return function()
      out:set_value(text .. " world")
      return DONE
    end
  end)
end

--- The second key comes out of the first value.
F.TWO_STEPS = function(env)
  return sm.produce(env, function(tasks, out)
    local first
    tasks:lookup(word "a1", function(value) first = value end)
    return function(tasks2)
      tasks2:lookup(word("after " .. first), function(value) out:set_value(value) end)
      return DONE
    end
  end)
end

--- A machine that looks up a chain of words, one after the other.
local function chain(names, into, at)
  at = at or 1
  return function(tasks)
    tasks:lookup(word(names[at]), function(value) into[#into + 1] = value end)
    return names[at + 1] and chain(names, into, at + 1) or DONE
  end
end

--- Two chains side by side: three restarts, not six.
F.PARALLEL_CHAINS = function(env)
  return sm.produce(env, function(tasks, out)
    local a, b = {}, {}
    tasks:enqueue(chain({ "a1", "a2", "a3" }, a))
    tasks:enqueue(chain({ "b1", "b2", "b3" }, b))
    return function()
      out:set_value(table.concat(a, " ") .. " | " .. table.concat(b, " "))
      return DONE
    end
  end)
end

--- Subtasks that share a variable: there is one thread, so no lock is needed.
F.SUBTASKS = function(env)
  return sm.produce(env, function(tasks, out)
    local sum = 0
    local function adds(n)
      return function()
        sum = sum + n
        return DONE
      end
    end
    tasks:enqueue(adds(1))
    tasks:enqueue(adds(2))
    return function()
      out:set_value(sum)
      return DONE
    end
  end)
end

--- S, shared by two machines that go on differently after it: <A, S, B> and <X, S, Y>.
local function shared(said)
  return function(tasks)
    tasks:lookup(word "s", function(value) said[#said + 1] = value end)
    return DONE
  end
end

local function around(before, after)
  return function(_, out)
    local said = { before }
    return sm.run_after(shared(said), function()
      said[#said + 1] = after
      out:set_value(table.concat(said, " "))
      return DONE
    end)
  end
end

F.ASB = function(env) return sm.produce(env, around("A", "B")) end
F.XSY = function(env) return sm.produce(env, around("X", "Y")) end

--- The delegate's first step is called at once, so both keys are one batch: one restart.
F.DELEGATION = function(env)
  return sm.produce(env, function(tasks, out)
    local found = {}
    tasks:lookup(word "k1", function(value) found[1] = value end)
    local function after_delegation()
      out:set_value(table.concat(found, " "))
      return DONE
    end
    local function delegate(tasks2)
      tasks2:lookup(word "k2", function(value) found[2] = value end)
      return after_delegation
    end
    return delegate(tasks)
  end)
end

--- As DELEGATION, but the delegate is the next step: two restarts.
F.NO_DELEGATION = function(env)
  return sm.produce(env, function(tasks, out)
    local first
    tasks:lookup(word "k1", function(value) first = value end)
    return function(tasks2)
      tasks2:lookup(word "k2", function(value) out:set_value(first .. " " .. value) end)
      return DONE
    end
  end)
end

--- A subtask that hands its result, a value or an error, to who began it; the error goes on
-- from the sink, because while an error passes up no further step may run.
local function bar(key, sink)
  return function(tasks)
    tasks:lookup_or_error(key, sink)
    return DONE
  end
end

F.VALUE_OR_ERROR = function(env, which)
  return sm.produce(env, function(tasks, out)
    local found
    tasks:enqueue(bar(which == "broken" and broken "bar" or word "bar", function(value, err)
      found = value
      if err then out:set_error { message = "no bar today: " .. err.message } end
    end))
    return function()
      if found then out:set_value("the " .. found) end
      return DONE
    end
  end)
end

return F
