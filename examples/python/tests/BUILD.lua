local py = load "@sky//python.lua"

py.py_test { name = "money_test", srcs = { "money_test.py" }, deps = { "//shop:money" },
  runner = "unittest" }
