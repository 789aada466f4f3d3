cc_library { name = "machine", srcs = { "machine.c" }, hdrs = { "machine.h" } }

cc_binary { name = "where", srcs = { "main.c", "//gen:table.h" }, deps = { ":machine" } }

cc_test { name = "where_test", srcs = { "test.c" }, deps = { ":machine" } }
