local b = load "//tools/b.lua"

return { x = b }
