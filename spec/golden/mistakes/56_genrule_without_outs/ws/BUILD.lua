genrule { name = "v", cmd = "echo 1 > v.h" }
