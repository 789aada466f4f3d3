cc_binary { name = "my app: v1", srcs = { "main.c" } }
