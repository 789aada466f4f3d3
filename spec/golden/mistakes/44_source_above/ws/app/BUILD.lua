cc_binary { name = "app", srcs = { "main.c", "../lib/util.c" } }
