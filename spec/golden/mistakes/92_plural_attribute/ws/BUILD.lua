cc_binary { name = "app", src = "main.c" }
