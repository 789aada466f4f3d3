cc_binary { name = "app", srcs = { "Main.c" } }
