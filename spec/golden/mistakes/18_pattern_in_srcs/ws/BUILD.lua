cc_library { name = "lib", srcs = { "*.c" } }
