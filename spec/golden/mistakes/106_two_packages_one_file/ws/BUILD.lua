cc_library { name = "a", srcs = { "//lib:util.c" } }
