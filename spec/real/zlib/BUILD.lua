-- zlib: what its configure script would find out on Linux stands in local_defines.

package { default_visibility = { "//visibility:public" } }

cc_library {
  name = "z",
  srcs = glob { "*.c" },
  hdrs = glob { "*.h" },
  local_defines = { "_LARGEFILE64_SOURCE=1", "HAVE_HIDDEN" },
  defines = { "Z_HAVE_UNISTD_H" },
  copts = { "-O3" },
}
