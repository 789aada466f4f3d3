local r = load "//tools/r.lua"

r.r { name = "x" }
