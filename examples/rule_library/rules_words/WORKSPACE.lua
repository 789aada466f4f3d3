workspace { name = "rules_words" }
