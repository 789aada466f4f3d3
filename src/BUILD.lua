-- The binary, floor by floor as README.md has them, from the sources that the Makefile takes.

local copts = {
  "-std=c17", "-pthread",
  "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wmissing-prototypes", "-Wstrict-prototypes",
  "-Wswitch-enum", "-Wvla", "-Wundef", "-pedantic",
}

--- One floor: a library of all of src/NAME.
---@param name string
---@param below string[]  the floors whose headers it may include
---@param extra string[]?  flags of its own
local function floor(name, below, extra)
  cc_library {
    name = name,
    srcs = glob { name .. "/*.c" },
    hdrs = glob { name .. "/*.h" },
    includes = { "." },
    local_defines = { "_GNU_SOURCE" },
    copts = { copts, extra or {} },
    deps = below,
  }
end

floor("base", {})
floor("os", { ":base" })
floor("graph", { ":base" })
floor("store", { ":base", ":graph", ":os" })
floor("eval", { ":base", ":graph", ":os", ":store" })
floor("nodes", { ":base", ":eval", ":graph", ":os" })
local lua = { "-isystem", "/usr/include/lua5.4" }
floor("bind", { ":base", ":eval", ":graph", ":nodes", ":os" }, lua)

-- embed.lua takes what it finds below lua/ and rules/: it gets just what is declared.
genrule {
  name = "embed",
  srcs = { "embed.lua", "//:lua_half" },
  outs = { "embed.c" },
  cmd = [[
    out=$PWD/$(out)
    cp --parents $(in) "$TMPDIR"
    cd "$TMPDIR"
    lua5.4 src/embed.lua embed.c
    cp embed.c "$out"
  ]],
}

-- Lua and luv are linked in; -E, because modules in C look for Lua's functions in the program.
cc_binary {
  name = "skylua",
  srcs = { "main.c", "embed.c" },
  local_defines = { "_GNU_SOURCE" },
  copts = copts,
  deps = { ":base", ":bind", ":eval", ":graph", ":nodes", ":os", ":store" },
  linkopts = {
    "-Wl,-E", "-l:liblua5.4-luv.a", "-l:liblua5.4.a", "-luv", "-lxxhash", "-lpthread", "-ldl",
    "-lm",
  },
}
