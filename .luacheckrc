std = "lua54"
max_line_length = 100
-- spec/golden holds mistakes on purpose.
exclude_files = { "sky-out", "**/sky-out", "build*", "spec/golden" }
-- busted's own names.
files["**/*_spec.lua"].std = "+busted"
files["spec/support"].std = "+busted"
-- It stands in for the two streams.
files["spec/support/fake_cli.lua"].ignore = { "122", "212/self" }
-- Types for editors: declared, never run.
files["**/*.d.lua"].ignore = { "211", "212", "241" }
-- BUILD.lua and rule files see the prelude (lua/load gives it to them).
local prelude = {
  read_globals = {
    "cc_library", "cc_binary", "cc_test", "cc_shared_library", "genrule", "filegroup", "alias",
    "sh_binary", "sh_test", "lua_library", "lua_binary", "lua_test", "test_suite",
    "config_setting", "package", "export_files", "glob", "rule", "attr", "provider", "depset",
    "struct", "DefaultInfo", "TestInfo", "workspace", "repo", "option", "toolchain",
    "node_function",
  },
}
files["**/BUILD.lua"] = prelude
files["**/WORKSPACE.lua"] = prelude
files["rules"] = prelude
files["examples"] = prelude
files["spec/real"] = prelude
files["spec/bench"] = prelude
