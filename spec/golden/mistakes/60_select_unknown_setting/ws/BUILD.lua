cc_binary {
  name = "app",
  srcs = { "main.c" },
  copts = select { ["//conf:debug"] = { "-g" }, default = {} },
}
