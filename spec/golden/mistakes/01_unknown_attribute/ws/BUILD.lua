cc_binary {
  name = "hello",
  scrs = { "main.c" },
}
