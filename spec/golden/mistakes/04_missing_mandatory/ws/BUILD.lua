genrule {
  name = "version",
  outs = { "version.h" },
}
