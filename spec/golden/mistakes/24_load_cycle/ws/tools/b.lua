local a = load "//tools/a.lua"

return { x = a }
