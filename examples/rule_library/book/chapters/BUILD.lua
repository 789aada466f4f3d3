local words = load "@rules_words//words.lua"

package { default_visibility = { "//..." } }

words.count { name = "one", src = "one.txt" }
words.count { name = "two", src = "two.md", deps = { ":one" } }
