lua_library { name = "spec", srcs = { "spec.lua" } }

lua_binary { name = "gen", srcs = { "gen.lua" }, deps = { ":spec" }, visibility = { "//base/..." } }

lua_test { name = "spec_test", srcs = { "spec_spec.lua" }, deps = { ":spec" },
  visibility = { "//tests" } }
