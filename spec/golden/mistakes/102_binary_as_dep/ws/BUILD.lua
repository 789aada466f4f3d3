cc_binary { name = "gen", srcs = { "main.c" } }
cc_binary { name = "app", srcs = { "main.c" }, deps = { ":gen" } }
