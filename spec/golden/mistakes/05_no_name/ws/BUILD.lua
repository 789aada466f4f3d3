cc_library { srcs = { "a.c" } }
