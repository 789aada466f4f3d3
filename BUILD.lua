-- The Lua half, which src/embed.lua packs into the binary.
filegroup {
  name = "lua_half",
  srcs = glob { "lua/**/*.lua", "rules/**/*.lua" },
  visibility = { "//src/..." },
}
