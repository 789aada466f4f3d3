local t = load "//t.lua"
t.make("x")
