package { default_visibility = { "//app/..." } }

-- A header from a text file, by the shell.
genrule {
  name = "version",
  srcs = { "VERSION" },
  outs = { "version.h" },
  cmd = "printf '#define VERSION \"%s\"\\n' \"$(cat $(in))\" > $(out)",
}

-- A table from a program that is itself built here.
cc_binary { name = "squares", srcs = { "squares.c" } }

genrule {
  name = "table",
  outs = { "table.h" },
  tools = { ":squares" },
  cmd = "$(location :squares) 8 > $(out)",
}

cc_library { name = "gen", hdrs = { "version.h", "table.h" } }
