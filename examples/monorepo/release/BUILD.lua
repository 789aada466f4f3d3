local archive = load "@sky//archive.lua"

archive.tar { name = "release", srcs = { "//server", "//docs:loud" }, strip = "", prefix = "monorepo-1.0" }
