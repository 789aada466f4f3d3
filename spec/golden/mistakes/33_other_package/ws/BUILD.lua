cc_library {
  name = "lib",
  srcs = { "sub/a.c" },
}
