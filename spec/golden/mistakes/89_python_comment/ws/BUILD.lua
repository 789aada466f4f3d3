# my program
cc_binary { name = "app", srcs = { "main.c" } }
