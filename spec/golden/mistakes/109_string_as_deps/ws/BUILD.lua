cc_library { name = "l", hdrs = { "l.h" } }
cc_binary { name = "app", srcs = { "main.c" }, deps = ":l" }
