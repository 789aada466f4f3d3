package { default_visibility = { "//visibility:public" } }

-- One target per song; only those that a playlist names are ever built.
for _, file in ipairs(glob { "*.txt" }) do
  local name = file:match("^(.*)%.txt$")
  genrule {
    name = name,
    srcs = { file },
    outs = { name .. ".song" },
    cmd = "tr a-z A-Z < $(in) > $(out)",
  }
end
