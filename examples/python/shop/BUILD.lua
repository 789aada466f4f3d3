local py = load "@sky//python.lua"

-- A module that is made, from data that the program reads, too.
genrule {
  name = "currency",
  srcs = { "rates.csv" },
  outs = { "currency.py" },
  cmd = [[{ echo 'RATES = {'; sed 's/\(.*\),\(.*\)/    "\1": \2,/' $(in); echo '}'; } > $(out)]],
}

py.py_library {
  name = "money",
  srcs = { "money.py", "currency.py" },
  visibility = { "//tests" },
}

py.py_binary {
  name = "shop",
  srcs = { "main.py" },
  deps = { ":money" },
  data = { "prices.csv" },
}
