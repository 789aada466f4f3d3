cc_library { name = "a", hdrs = { "a.h" }, deps = { ":b" } }
cc_library { name = "b", hdrs = { "b.h" }, deps = { ":a" } }
