genrule {
  name = "version",
  srcs = { "VERSION" },
  outs = { "version.h" },
  cmd = "cat $(location VERSIO) > $(out)",
}
