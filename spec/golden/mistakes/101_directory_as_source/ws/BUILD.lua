filegroup { name = "all", srcs = { "data" } }
