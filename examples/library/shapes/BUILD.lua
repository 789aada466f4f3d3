cc_library {
  name = "shapes",
  srcs = glob { "*.c" },
  hdrs = { "shapes.h" },
  deps = { "//text" },
  visibility = { "//app/..." },
}
