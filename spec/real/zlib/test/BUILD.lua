-- zlib's own programs: example checks the library, minigzip is a small gzip.

cc_binary { name = "example", srcs = { "example.c" }, deps = { "//:z" } }

cc_binary { name = "minigzip", srcs = { "minigzip.c" }, deps = { "//:z" } }

cc_test { name = "example_test", srcs = { "example.c" }, deps = { "//:z" } }
