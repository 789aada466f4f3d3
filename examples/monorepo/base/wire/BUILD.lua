package { default_visibility = { "//server", "//client" } }

-- One description of the protocol, two languages.
genrule { name = "c", srcs = { "messages.txt" }, outs = { "wire.h" }, tools = { "//tools/gen" },
  cmd = "$(location //tools/gen) $(in) c > $(out)" }
genrule { name = "python", srcs = { "messages.txt" }, outs = { "wire.py" },
  tools = { "//tools/gen" }, cmd = "$(location //tools/gen) $(in) python > $(out)" }

cc_library { name = "wire", hdrs = { "wire.h" } }

local py = load "@sky//python.lua"

py.py_library { name = "pywire", srcs = { "wire.py" } }
