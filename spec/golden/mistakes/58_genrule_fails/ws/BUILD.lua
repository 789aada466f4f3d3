genrule { name = "v", outs = { "v.h" }, cmd = "echo no >&2; exit 3" }
