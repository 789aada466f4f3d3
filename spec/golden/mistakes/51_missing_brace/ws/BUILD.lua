cc_library {
  name = "a",
  srcs = { "a.c",
}

cc_binary { name = "b" }
