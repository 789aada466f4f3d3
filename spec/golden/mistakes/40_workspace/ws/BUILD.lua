config_setting { name = "linux", values = { os = "linux" } }

filegroup {
  name = "f",
  srcs = select { [":linux"] = {}, default = {} },
}
