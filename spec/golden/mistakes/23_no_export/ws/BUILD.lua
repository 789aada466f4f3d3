local tools = load "//tools/upper.lua"

tools.uper { name = "x" }
