--- The engine API for scripts and modules of node functions: `require "skylua"`.
-- The contract is described in README.md and examples; see core.d.lua for types.
local core = require "core"

local M = {}

--- Makes a key: `key("FIB", 90)`. Equal names and arguments give the same key.
---@param name string      the node function
---@param argument any     plain data
---@return Key
M.key = core.key

--- A function that makes keys: `local fib = fn "FIB"; fib(90)`.
---@param name string
---@return fun(argument: any): Key
M.fn = core.fn

--- Makes an engine; only in the main state of `skylua lua`.
---@param options EngineOptions
---@return Engine
M.engine = core.engine

--- pairs in an order that is the same in every run.
M.pairs = core.pairs
--- A read-only deep copy of a table.
M.freeze = core.freeze
--- The version of skylua.
M.version = core.version

return M
