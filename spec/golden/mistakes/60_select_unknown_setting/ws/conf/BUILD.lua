config_setting { name = "debgu", values = { mode = "debug" },
  visibility = { "//visibility:public" } }
