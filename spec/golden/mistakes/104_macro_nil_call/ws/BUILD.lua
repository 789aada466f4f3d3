local t = load "//t.lua"
t.app { nam = "x" }
