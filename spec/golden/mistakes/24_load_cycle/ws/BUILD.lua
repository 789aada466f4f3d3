local a = load "//tools/a.lua"

a.x { name = "x" }
