config_setting { name = "d", values = { mode = "dbg" } }
cc_binary { name = "app", srcs = { "main.c" }, copts = select { [":d"] = { "-g" }, default = {} } }
