cc_library { name = "greet", srcs = { "greet.c" }, visibility = { "//visibility:public" } }
