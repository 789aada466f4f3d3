filegroup { name = "docs", srcs = { "a.txt" } }

filegroup { name = "docs", srcs = { "b.txt" } }
