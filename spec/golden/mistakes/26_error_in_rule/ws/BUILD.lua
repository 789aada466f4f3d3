local shout = load "//tools/shout.lua"

shout.shout { name = "loud", src = "words.txt" }
