local conf = load "//tools/conf.lua"

table.insert(conf.flags, "-g")
