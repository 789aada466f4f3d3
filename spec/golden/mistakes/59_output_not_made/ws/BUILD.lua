genrule { name = "v", outs = { "v.h" }, cmd = "true" }
