local tools = load "//tools/upperr.lua"

tools.upper { name = "x" }
