-- Search in boxes of up to five dimensions.

package { default_visibility = { "//visibility:public" } }

cc_library {
  name = "rtree",
  srcs = { "rtree.c" },
  hdrs = { "rtree.h", "sqlite3rtree.h" },
  includes = { "." },
  copts = { "-w" },
  alwayslink = true,
  deps = { "//src:headers" },
}
