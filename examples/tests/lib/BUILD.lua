package { default_visibility = { "//visibility:public" } }

cc_library { name = "sum", srcs = { "sum.c" }, hdrs = { "sum.h" } }
cc_binary { name = "add", srcs = { "add.c" }, deps = { ":sum" } }

-- A program that passes when it exits with 0; its arguments are part of it.
cc_test {
  name = "sum_test",
  srcs = { "sum_test.c" },
  deps = { ":sum" },
  args = { "2", "3", "5" },
  timeout = 10,
}

-- The same program is several tests.
for i, words in ipairs { { "0", "0", "0" }, { "7", "-7", "0" } } do
  cc_test { name = "sum_test_" .. i, srcs = { "sum_test.c" }, deps = { ":sum" }, args = words }
end
