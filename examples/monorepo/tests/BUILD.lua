sh_test { name = "end_to_end", srcs = { "end_to_end.sh" },
  data = { "//scripts:both", "//client", "//server" } }

test_suite { name = "every", visibility = { "//" },
  tests = { ":end_to_end", "//base/text:text_test", "//tools/gen:spec_test" } }
