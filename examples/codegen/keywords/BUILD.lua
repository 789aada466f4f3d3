-- A macro: a generator run and the library of what it makes.
local function keywords(spec)
  genrule {
    name = spec.name .. "_code",
    srcs = { spec.words },
    outs = { spec.name .. ".h", spec.name .. ".c" },
    tools = { "//gen" },
    cmd = "$(location //gen) $(in) $(out)",
  }
  cc_library {
    name = spec.name,
    srcs = { spec.name .. ".c" },
    hdrs = { spec.name .. ".h" },
    visibility = spec.visibility,
  }
end

keywords { name = "keywords", words = "words.txt", visibility = { "//app/..." } }
