cc_library {
  name = "lib",
  srcs = glob { "scr/*.c" },
}
