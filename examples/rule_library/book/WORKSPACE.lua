workspace { name = "book" }

repo.path { name = "rules_words", path = "../rules_words" }
