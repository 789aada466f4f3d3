local paint = load "//tools/paint.lua"

paint.paint { name = "wall", colour = "gren" }
