cc_binary { name = "app", srcs = { "main.c" }, deps = { "util.c" } }
