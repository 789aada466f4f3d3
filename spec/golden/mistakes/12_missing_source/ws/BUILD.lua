cc_binary {
  name = "hello",
  srcs = { "mian.c" },
}
