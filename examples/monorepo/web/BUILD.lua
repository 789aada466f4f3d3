local embed = load "@sky//embed.lua"

embed.cc_embed { name = "pages", srcs = glob { "*.html" }, visibility = { "//server" } }
