cc_libary { name = "lib", srcs = { "a.c" } }
