-- The generators that SQLite brings along: three programs in C, and scripts for tclsh.

local options = load "//options.lua"

package { default_visibility = { "//visibility:public" } }

cc_binary { name = "lemon", srcs = { "lemon.c" } }

cc_binary { name = "mksourceid", srcs = { "mksourceid.c" } }

cc_binary {
  name = "mkkeywordhash",
  srcs = { "mkkeywordhash.c" },
  local_defines = options.defines,
}

export_files { "lempar.c", "mkopcodec.tcl", "mkopcodeh.tcl", "mkshellc.tcl", "mksqlite3h.tcl" }
