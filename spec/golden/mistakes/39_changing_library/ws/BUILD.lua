local ids = load "//tools/ids.lua"

filegroup { name = "f" .. ids.next_id() }
