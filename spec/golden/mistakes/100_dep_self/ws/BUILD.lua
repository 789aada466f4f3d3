cc_library { name = "a", srcs = { "a.c" }, deps = { ":a" } }
