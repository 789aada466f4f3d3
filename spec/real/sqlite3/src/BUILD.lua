-- SQLite from its canonical tree: five generated files, then one object per source file.

local options = load "//options.lua"

package { default_visibility = { "//visibility:public" } }

-- The version and the source id go into sqlite3.h. The script wants the tree below its first
-- argument and mksourceid beside it: it gets a tree that has just what is declared here.
genrule {
  name = "sqlite3_h",
  srcs = {
    "sqlite.h.in", "//:VERSION", "//:manifest", "//ext:session/sqlite3session.h",
    "//ext/fts5:fts5.h", "//ext/rtree:sqlite3rtree.h",
  },
  outs = { "sqlite3.h" },
  tools = { "//tool:mksourceid", "//tool:mksqlite3h.tcl" },
  cmd = [[
    cp --parents $(in) "$TMPDIR"
    cp $(location //tool:mksourceid) "$TMPDIR/mksourceid"
    out=$PWD/$(out) script=$PWD/$(location //tool:mksqlite3h.tcl)
    cd "$TMPDIR"
    tclsh "$script" . > "$out"
  ]],
}

-- lemon writes beside -d and names its outputs after the grammar.
genrule {
  name = "parser",
  srcs = { "parse.y", "//tool:lempar.c" },
  outs = { "parse.c", "parse.h" },
  tools = { "//tool:lemon" },
  cmd = "$(location //tool:lemon) -q " .. options.flags ..
    " -T$(location //tool:lempar.c) -d$(outdir) $(location parse.y)",
}

genrule {
  name = "opcodes_h",
  srcs = { "parse.h", "vdbe.c" },
  outs = { "opcodes.h" },
  tools = { "//tool:mkopcodeh.tcl" },
  cmd = "cat $(in) | tclsh $(location //tool:mkopcodeh.tcl) > $(out)",
}

genrule {
  name = "opcodes_c",
  srcs = { "opcodes.h" },
  outs = { "opcodes.c" },
  tools = { "//tool:mkopcodec.tcl" },
  cmd = "tclsh $(location //tool:mkopcodec.tcl) $(in) > $(out)",
}

genrule {
  name = "keywords",
  outs = { "keywordhash.h" },
  tools = { "//tool:mkkeywordhash" },
  cmd = "$(location //tool:mkkeywordhash) > $(out)",
}

-- The headers alone: the extensions need them, and the library needs the extensions.
cc_library {
  name = "headers",
  hdrs = { glob { "*.h" }, "sqlite3.h", "parse.h", "opcodes.h", "keywordhash.h" },
  includes = { "." },
  defines = options.defines,
}

-- Everything but the parts for testing, for Tcl and for other systems.
cc_library {
  name = "sqlite3",
  srcs = {
    glob { "*.c", exclude = { "test*.c", "tclsqlite.c" } },
    "parse.c", "opcodes.c",
  },
  copts = { "-fno-strict-aliasing", "-w" },
  alwayslink = true,
  deps = { ":headers", "//ext/fts3", "//ext/fts5", "//ext/rtree" },
  linkopts = { "-lm", "-ldl", "-lpthread" },
}

-- The shell is glued together from its own source and a dozen extensions.
genrule {
  name = "shell_c",
  srcs = { "shell.c.in", "test_windirent.h", "test_windirent.c", "//ext:shell_parts" },
  outs = { "shell.c" },
  tools = { "//tool:mkshellc.tcl" },
  cmd = "tclsh $(location //tool:mkshellc.tcl) > $(out)",
}

cc_binary {
  name = "shell",
  srcs = { "shell.c" },
  copts = { "-w" },
  deps = { ":sqlite3" },
}
