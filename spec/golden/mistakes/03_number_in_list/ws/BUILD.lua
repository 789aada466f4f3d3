cc_binary { name = "hello", srcs = { "main.c" }, copts = { "-O2", 3 } }
