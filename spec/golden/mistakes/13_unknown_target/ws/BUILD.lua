cc_library { name = "greet", srcs = { "greet.c" } }
cc_binary {
  name = "hello",
  srcs = { "main.c" },
  deps = { ":gret" },
}
