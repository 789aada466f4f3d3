local py = load "@sky//python.lua"

py.py_binary { name = "client", srcs = { "client.py" }, deps = { "//base/wire:pywire" },
  data = { "//server" }, visibility = { "//..." } }
