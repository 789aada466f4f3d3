add_executable { name = "app", srcs = { "main.c" } }
