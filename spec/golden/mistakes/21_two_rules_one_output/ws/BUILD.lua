genrule { name = "one", outs = { "out.h" }, cmd = "echo 1 > $(out)" }
genrule { name = "two", outs = { "out.h" }, cmd = "echo 2 > $(out)" }
