local says = load "//app/says.lua"

-- The value of an option as text: one file for each greeting.
says.says { name = "word" }

cc_library {
  name = "rest",
  srcs = { "rest.c" } + select { ["//conf:language=de"] = { "de.c" }, default = { "en.c" } },
  hdrs = { "rest.h" },
}

cc_binary {
  name = "app",
  srcs = { "main.c", ":word" },
  deps = { ":rest" },
  copts = { "-Wall", select { ["//conf:debug"] = { "-DVERBOSE" }, default = {} } },
  defines = select {
    ["//conf:loud_german"] = { "SHOUT", "MARKS=3" },
    ["//conf:shout=true"] = { "SHOUT" },
    default = {},
  },
}
