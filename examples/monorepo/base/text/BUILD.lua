package { default_visibility = { "//..." } }

cc_library { name = "text", srcs = { "text.c" }, hdrs = { "text.h" } }

cc_test { name = "text_test", srcs = { "text_test.c" }, deps = { ":text" } }
