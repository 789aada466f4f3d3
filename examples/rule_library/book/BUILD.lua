local words = load "@rules_words//words.lua"

words.total { name = "book", deps = { "//chapters:two" } }

words.limit_test { name = "short_enough", of = ":book", most = 40 }

genrule { name = "title", srcs = { "title.txt" }, outs = { "cover.txt" }, cmd = "cat $(in) > $(out)" }
