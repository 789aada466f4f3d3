local twice = load "//tools/twice.lua"

twice.twice { name = "x" }
