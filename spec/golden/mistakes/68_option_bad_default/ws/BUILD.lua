cc_binary { name = "a", srcs = { "main.c" } }
