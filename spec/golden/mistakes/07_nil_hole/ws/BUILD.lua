local files = { extra = "b.c" }

cc_library {
  name = "lib",
  srcs = { "a.c", files.extar, "b.c" },
}
