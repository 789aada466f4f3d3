test_suite { name = "all_tests", tests = { ":lib" } }
cc_library { name = "lib", hdrs = { "a.h" } }
