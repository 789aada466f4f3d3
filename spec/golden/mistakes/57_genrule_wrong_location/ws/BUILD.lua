genrule {
  name = "v",
  outs = { "v.h" },
  cmd = "$(location //tools:gen) > $(out)",
}
