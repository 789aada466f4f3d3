---@meta core
--- Module "core": what the Lua half gets from C. Never loaded; always checked.
local core = {}

---@class Key: lightuserdata
---@field name string      the node function
---@field argument any     plain data

---@class Depset: userdata
local Depset = {}
--- All distinct items, in the depset's order.
---@return any[]
function Depset:to_list() end

--- The version of skylua.
---@type string
core.version = ""

--- A key; equal names and arguments give the same one.
---@param name string
---@param argument any  plain data without depsets
---@return Key
function core.key(name, argument) end

--- A function that makes keys of one node function.
---@param name string
---@return fun(argument: any): Key
function core.fn(name) end

--- A read-only deep copy of plain tables; functions and tagged objects stay as they are.
---@generic T
---@param t T
---@return T
function core.freeze(t) end

---@param x any
---@return boolean
function core.is_frozen(x) end

--- The table behind a frozen or tagged one, or x itself: to be read, never written.
---@param x any
---@return any
function core.raw(x) end

--- f(...), to its end even when the evaluation is being stopped: for what is done once.
---@param f function
---@return any ...
function core.undisturbed(f, ...) end

--- Methods (and __tostring, __missing) of objects whose tag is `name` or begins with `name..":"`.
---@param name string
---@param methods table
function core.tag(name, methods) end

--- A frozen object with these fields; equal tags and fields are equal objects.
---@param tag string
---@param fields table<string, any>
---@return any
function core.make(tag, fields) end

---@param x any
---@return string? tag  nil when x is no tagged object
function core.tag_of(x) end

---@param direct any[]?         items: plain data without depsets
---@param transitive Depset[]?
---@param order? "postorder"|"preorder"|"topological"
---@return Depset
function core.depset(direct, transitive, order) end

---@param x any
---@return boolean
function core.is_depset(x) end

--- next that sees through frozen tables; the order differs from run to run.
---@param t table
---@param k any
---@return any, any
function core.next(t, k) end

--- pairs in a fixed order: numbers, strings by bytes, booleans; other keys are refused.
---@param t table
---@return function
function core.pairs(t) end

--- Is x plain data?
---@param x any
---@return true?
---@return string? where  "deps[3]: a function"
function core.check(x) end

--- 32 hex digits (XXH3, 128 bits).
---@param text string
---@return string
function core.digest(text) end

--- The text of a workspace file; raises a transient error when its digest is another one.
---@param path string
---@param digest string
---@return string
function core.read(path, digest) end

--- The text of a shipped file such as "rules/cc.lua".
---@param name string
---@return string?
function core.builtin(name) end

--- Sorted names of the shipped files that begin with `prefix`.
---@param prefix? string
---@return string[]
function core.builtins(prefix) end

---@class Schema: userdata

--- What core.target must know of a rule; nil when the rule is not for it.
---@param fields { [1]: string, [2]: string, [3]: boolean }[]  name, kind, mandatory; by name
---@param outputs { [1]: string, [2]: string }[]  what stands around the target's name
---@param rule { module: string, name: string }
---@param suite? string
---@param test boolean
---@return Schema?
function core.schema(fields, outputs, rule, suite, test) end

--- Declares a target that is plainly right: adds a packed record to `targets`, and its name.
--- Nothing happens when it is not.
---@param schema Schema
---@param targets table
---@param outputs table
---@param output_dirs table  directories that outputs lie in
---@param prefix string      "//pkg:"
---@param visibility string[]  when the call says none
---@param chunk function     the BUILD.lua, which makes the call itself
---@param spec any           what the rule was called with
---@return string? name
function core.target(schema, targets, outputs, output_dirs, prefix, visibility, chunk, spec) end

--- A packed record as a table; anything else as it is.
---@param x any
---@return any
function core.unpacked(x) end

--- CPUs that this process may use.
---@return integer
function core.cpus() end

-- ---- main state only ----

--- Replaces this process; returns only when it cannot.
---@param argv string[]
---@param dir? string
---@return nil
---@return string why
function core.exec(argv, dir) end

---@class Lock: userdata
local Lock = {}
function Lock:release() end

--- Takes a kernel lock; nil and what the holder wrote when another process has it.
---@param path string
---@param who string  text for those who wait
---@return Lock?
---@return string? holder
function core.lock(path, who) end

--- The same, waiting.
---@param path string
---@param who string
---@return Lock
function core.lock_wait(path, who) end

--- fn(signum) when a signal asks the process to stop; the second one ends it at once.
---@param fn fun(signum: integer)
function core.on_interrupt(fn) end

---@class EngineOptions
---@field functions? string     path of a module of node functions
---@field evaluators? integer   threads; 0: inline, first in first out (default: CPUs)
---@field mode? "coroutine"|"restart"
---@field keep_going? boolean
---@field store? string         directory that keeps the graph
---@field seed? integer         permutes the order of steps (tests)
---@field trace? fun(event: TraceEvent)
---@field build? boolean        the node functions of builds, on the workspace `root`
---@field root? string
---@field jobs? integer         processes at once
---@field observer? fun(event: table, key: Key)
---@field readonly? boolean     the store is read and never written
---@field dry_run? boolean      actions tell that they would run, and fail with E0115
---@field cache? string       absolute path of the local cache of results; nil: none
---@field cache_size? integer bytes it may have
---@field max_waiting? integer  computations begun and not ended, before keys are held endless

---@class TraceEvent
---@field event string  enqueued dequeued waiting done failed signal ready cached clean pruned
---   remembered
---@field key Key
---@field parent? Key        who asked (enqueued), who is told (signal)
---@field remaining? integer dependencies the parent still waits for (signal)
---@field deps? Key[]        what it waits for (waiting)
---@field value? any         (done, cached)
---@field error? table       (failed)

---@class Engine: userdata
local Engine = {}

---@class Stats
---@field evaluated integer  function bodies entered
---@field checked integer    nodes found right without that
---@field pruned integer     entered, with the value it had
---@field remembered integer  of the checked: right again by a result of longer ago
---@field resumed integer
---@field restarted integer
---@field wall_ns integer

---@class Node
---@field state string
---@field value any
---@field error? table
---@field changed_at integer   version of the last change
---@field verified_at integer
---@field groups Key[][]       dependencies in the groups they were asked for
---@field rdeps Key[]

---@class Result
---@field stats Stats
---@field messages { key: Key, text: string, fresh: boolean }[]
---@field interrupted boolean
local Result = {}
--- Everything asked for has a value.
---@return boolean
function Result:ok() end
---@param key Key
---@return any  nil when it has none
function Result:value(key) end
---@param key Key
---@return table?  code, message, key, path, cycle, cycles (if several), cause ...
function Result:error(key) end

--- Brings these keys up to date; a failing node is no error here.
---@param keys Key[]
---@param options? { keep_going?: boolean, timeout?: number }
---@return Result
function Engine:evaluate(keys, options) end

--- What the last evaluation has left of these keys, were they asked for or not.
---@param keys Key[]
---@return Result
function Engine:known(keys) end

--- A new value of a non-hermetic key; an equal one changes nothing.
---@param key Key
---@param value any
function Engine:inject(key, value) end

--- These must be computed anew.
---@param keys Key[]
function Engine:invalidate(keys) end

--- Transient errors may be tried again.
function Engine:invalidate_errors() end

--- These keys and all that depend on them are forgotten.
---@param keys Key[]
function Engine:delete(keys) end

---@param key Key
---@return Node?
function Engine:node(key) end

--- The same, but only changed_at, verified_at and groups: cheap, also from an observer.
---@param key Key
---@return { changed_at: integer, verified_at: integer, groups: Key[][] }?
function Engine:edges(key) end

--- Of the newest evaluation, of this process or of one before; 0: there was none.
---@return integer
function Engine:version() end

--- Of a package or target (functions whose last good value is kept): has this engine
--- replaced a value by another one?
---@param key Key
---@return boolean
function Engine:replaced(key) end

--- In creation order.
---@return Key[]
function Engine:keys() end

---@return table  total, evaluated, checked, pruned, stat_calls, fns
function Engine:stats() end

--- From an observer or a callback of the loop: stop the running evaluation.
function Engine:interrupt() end

--- Writes what is to be kept and frees all.
function Engine:close() end

---@param options EngineOptions
---@return Engine
function core.engine(options) end

return core
