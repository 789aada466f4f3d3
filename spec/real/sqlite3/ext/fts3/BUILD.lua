-- Full-text search, versions 3 and 4.

package { default_visibility = { "//visibility:public" } }

cc_library {
  name = "fts3",
  srcs = glob { "*.c", exclude = { "fts3_term.c", "fts3_test.c" } },
  hdrs = glob { "*.h" },
  includes = { "." },
  copts = { "-w" },
  alwayslink = true,
  deps = { "//src:headers" },
}
