-- Full-text search, version 5: a grammar of its own, then all sources glued together by a script.

package { default_visibility = { "//visibility:public" } }

genrule {
  name = "fts5parse",
  srcs = { "fts5parse.y", "//tool:lempar.c" },
  outs = { "fts5parse.c", "fts5parse.h" },
  tools = { "//tool:lemon" },
  cmd = "$(location //tool:lemon) -q -T$(location //tool:lempar.c) -d$(outdir) " ..
    "$(location fts5parse.y)",
}

-- The script finds its sources by its own place, takes the parser from where it runs, and
-- writes there.
genrule {
  name = "fts5_c",
  srcs = {
    glob { "*.c", exclude = { "fts5_tcl.c", "fts5_test_*.c" } },
    "fts5.h", "fts5Int.h", "fts5parse.c", "fts5parse.h", "//:manifest", "//:manifest.uuid",
  },
  outs = { "fts5.c" },
  tools = { "tool/mkfts5c.tcl" },
  cmd = [[
    cp $(location fts5parse.c) $(location fts5parse.h) "$TMPDIR"
    out=$PWD/$(out) script=$PWD/$(location tool/mkfts5c.tcl)
    cd "$TMPDIR"
    tclsh "$script"
    cp fts5.c "$out"
  ]],
}

cc_library {
  name = "fts5",
  srcs = { "fts5.c" },
  hdrs = { "fts5.h", "fts5Int.h" },
  copts = { "-w" },
  alwayslink = true,
  deps = { "//src:headers" },
}
