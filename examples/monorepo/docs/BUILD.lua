local shout = load "//tools/rules/shout.lua"

shout.shout_all("loud", { "intro.txt", "end.txt" })
