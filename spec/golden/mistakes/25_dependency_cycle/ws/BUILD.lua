cc_library { name = "a", srcs = { "a.c" }, deps = { ":b" } }
cc_library { name = "b", srcs = { "b.c" }, deps = { ":a" } }
