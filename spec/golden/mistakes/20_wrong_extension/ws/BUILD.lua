cc_library { name = "lib", srcs = { "a.c", "notes.txt" } }
