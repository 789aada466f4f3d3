cc_binary { name = "app", srcs = { "/usr/src/main.c" } }
