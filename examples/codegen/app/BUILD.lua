cc_binary { name = "app", srcs = { "main.c" }, deps = { "//keywords" } }
