cc_test {
  name = "t",
  srcs = { "t.c" },
  timeout = "60",
}
