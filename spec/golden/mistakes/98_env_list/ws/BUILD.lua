local t = load "//tools/r.lua"

t.r { name = "x", src = "a.txt" }
