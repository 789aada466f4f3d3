-- A script with data: what it may read is declared, so its result is remembered.
sh_test {
  name = "add_test",
  srcs = { "add_test.sh" },
  args = { "sky-out/bin/lib/add" },
  data = { "//lib:add", "cases.txt" },
  env = { LC_ALL = "C" },
}

lua_library { name = "words", srcs = { "words.lua" } }
lua_test { name = "words_spec", srcs = { "words_spec.lua" }, deps = { ":words" } }

-- Not part of //..., for it is slow; it is run by its name.
sh_test { name = "slow_test", srcs = { "slow_test.sh" }, tags = { "manual" }, timeout = 60 }

test_suite { name = "quick", tests = { ":add_test", "//lib:sum_test" } }
