cc_library { name = "a", srcs = glob { "*.c", excludes = { "x.c" } } }
