filegroup { name = "all", srcs = glob { "../other/*.c" } }
