cc_library {
  name = "text",
  srcs = { "pad.c", "upper.c" },
  hdrs = { "text.h" },
  visibility = { "//visibility:public" },
}

cc_test { name = "text_test", srcs = { "text_test.c" }, deps = { ":text" } }
