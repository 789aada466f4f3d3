sh_binary { name = "both", srcs = { "both.sh" }, data = { "//client", "//server" },
  visibility = { "//tests" } }
