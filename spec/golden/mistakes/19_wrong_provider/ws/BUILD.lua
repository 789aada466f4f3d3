filegroup { name = "docs", srcs = { "a.txt" } }

cc_binary {
  name = "hello",
  srcs = { "main.c" },
  deps = { ":docs" },
}
