-- Lua 5.4 as Debian builds it: the library, the interpreter and the compiler.

package { default_visibility = { "//visibility:public" } }

-- Debian's luaconf.h wants the name of the machine's library directory; Debian's package
-- writes this header too.
genrule {
  name = "multiarch",
  outs = { "lua5.4-deb-multiarch.h" },
  cmd = [[printf '#define DEB_HOST_MULTIARCH "%s"\n' "$(cc -print-multiarch)" > $(out)]],
}

local defines = { "LUA_COMPAT_5_3", "LUA_USE_LINUX" }

cc_library {
  name = "liblua",
  srcs = glob { "*.c", exclude = { "lua.c", "luac.c" } },
  hdrs = { glob { "*.h" }, "lua5.4-deb-multiarch.h" },
  includes = { "." },
  defines = defines,
  copts = { "-O2" },
  linkopts = { "-lm", "-ldl" },
}

-- Modules that the interpreter loads look for Lua's functions in it: hence -E.
cc_binary {
  name = "lua",
  srcs = { "lua.c" },
  copts = { "-O2" },
  deps = { ":liblua" },
  linkopts = { "-Wl,-E" },
}

cc_binary {
  name = "luac",
  srcs = { "luac.c" },
  copts = { "-O2" },
  deps = { ":liblua" },
}
