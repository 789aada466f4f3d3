-- What the shell is glued together from, and the headers of extensions that sqlite3.h takes in.

package { default_visibility = { "//visibility:public" } }

filegroup {
  name = "shell_parts",
  srcs = {
    "misc/appendvfs.c", "misc/completion.c", "misc/decimal.c", "misc/fileio.c", "misc/ieee754.c",
    "misc/memtrace.c", "misc/regexp.c", "misc/series.c", "misc/shathree.c", "misc/sqlar.c",
    "misc/uint.c", "misc/zipfile.c",
    "expert/sqlite3expert.c", "expert/sqlite3expert.h",
    "recover/dbdata.c", "recover/sqlite3recover.c", "recover/sqlite3recover.h",
  },
}

export_files { "session/sqlite3session.h" }
