cc_binary { name = "app", srcs = { "main.c" }, deps = { "//lib/greet:greet.a" } }
