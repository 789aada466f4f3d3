config_setting { name = "debug", values = { mode = "debug" } }

cc_binary {
  name = "hello",
  srcs = { "main.c" },
  copts = select { [":debug"] = { "-DDEBUG" } },
}
