package { default_visibility = { "//where/..." } }

-- A tool runs while building, so it is made for the machine that builds.
cc_binary { name = "primes", srcs = { "primes.c" } }

genrule {
  name = "table",
  outs = { "table.h" },
  tools = { ":primes" },
  cmd = "$(location :primes) 10 > $(out)",
}
