local book = load "//tools/book.lua"

book.page { name = "words", title = "Words", src = "words.txt" }

book.page { name = "keys", title = "Keys", src = "keys.txt", refs = { ":words" } }

book.page {
  name = "intro",
  title = "Introduction",
  src = "intro.txt",
  width = 30,
  refs = { ":keys", ":words" },
}

book.book { name = "manual", start = ":intro" }
