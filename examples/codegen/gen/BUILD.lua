package { default_visibility = { "//keywords/..." } }

cc_binary { name = "gen", srcs = { "gen.c" } }
