cc_binary {
  name = "server",
  srcs = { "main.cc", "greet.c", "greet.h" },
  deps = { "//base/text", "//base/wire", "//web:pages" },
  local_defines = select { ["//conf:long"] = { "LONG=1" }, default = { "LONG=0" } },
  visibility = { "//..." },
}
