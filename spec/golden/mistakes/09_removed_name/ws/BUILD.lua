local home = os.getenv("HOME")

filegroup { name = "docs", srcs = { home } }
