local t = load "//tools/r.lua"

t.r { name = "x", deps = { "a.txt" } }
