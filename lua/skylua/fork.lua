--- env:fork and env:join: functions inside one node that run logically in parallel.
-- Called once in every Lua state with what src/bind/lua_fork.c provides.
--
-- A round lets every branch run until it asks for something (it pauses even when
-- that is there: groups must not depend on timing), then asks for all of it as
-- one group. Branches may fork too: what they ask for goes into the same group.

---@class Branch
---@field co thread
---@field args table        for its first step; packed
---@field list? Key[]       what it asks for
---@field first? integer    where that begins in the round's list
---@field raises? boolean   an error among the answers is all it needs
---@field stuck? boolean    its own branches cannot go on

---@class Round
---@field running Branch[]
---@field results any[]
---@field errors table<Branch, { error: any }>
---@field all Branch[]

---@param c table  the functions of lua_fork.c
---@return fun(env: any, fn: function, ...: any) fork
---@return fun(env: any): any[] join
return function(c)
  local resume, status, running = c.resume, coroutine.status, coroutine.running

  --- Lets a branch run until it asks or ends.
  ---@param round Round
  ---@param branch Branch
  ---@return boolean asks
  local function step(round, branch, ...)
    local ok, list, raises = resume(branch.co, ...)
    if not ok then
      round.errors[branch] = { error = list }
    elseif status(branch.co) == "dead" then
      round.results[branch] = list
    elseif type(list) == "table" then
      branch.list, branch.raises = list, raises
      return true
    elseif list == false then
      branch.list, branch.stuck = {}, true
      return true
    else
      round.errors[branch] = { error = "coroutine.yield inside a node function" }
    end
    return false
  end

  --- The part of the answers that is the branch's; nil when it cannot go on with it.
  local function answers_of(branch, answers)
    local mine, complete, failed = {}, not branch.stuck, false
    for i = 1, #branch.list do
      local answer = answers[branch.first + i - 1]
      mine[i] = answer
      complete = complete and answer ~= false
      failed = failed or answer ~= false and answer.error ~= nil
    end
    if complete or failed and branch.raises then return mine end
  end

  --- Asks for what the branches want and lets those go on that have it.
  ---@param env any
  ---@param round Round
  ---@return boolean  whether all could: if not, an error passes up through this node
  local function turn(env, round)
    local wanted = {}
    for _, branch in ipairs(round.running) do
      branch.first = #wanted + 1
      table.move(branch.list, 1, #branch.list, branch.first, wanted)
    end
    local answers = c.batch(env, wanted)
    local left, all = {}, true
    for _, branch in ipairs(round.running) do
      local mine = answers_of(branch, answers)
      all = all and mine ~= nil
      if not mine or step(round, branch, mine) then left[#left + 1] = branch end
    end
    round.running = left
    return all
  end

  --- The first error in the order of the forks.
  ---@param round Round
  local function raise(round)
    for _, branch in ipairs(round.all) do
      if round.errors[branch] then error(round.errors[branch].error, 0) end
    end
  end

  local function fork(env, fn, ...)
    local children, me = c.children(env), running()
    local list = children[me] or {}
    list[#list + 1] = { co = c.branch(env, fn), args = table.pack(...) }
    children[me], children.open = list, children.open + 1
  end

  local function join(env)
    local children, me = c.children(env), running()
    local all = children[me] or {}
    local round = { all = all, running = {}, results = {}, errors = {} }
    children[me], children.open = nil, children.open - #all
    for _, branch in ipairs(all) do
      if step(round, branch, table.unpack(branch.args, 1, branch.args.n)) then
        round.running[#round.running + 1] = branch
      end
    end
    while #round.running > 0 do
      if not turn(env, round) then
        -- only those that asked for the error have gone on; the others never will
        raise(round)
        c.stop(env)
      end
    end
    raise(round)
    local results = {}
    for i, branch in ipairs(all) do results[i] = round.results[branch] end
    return results
  end

  return fork, join
end
