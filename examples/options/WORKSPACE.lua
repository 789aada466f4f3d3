workspace { name = "options" }

option { name = "greeting", default = "Hello", doc = "the first word" }
option { name = "language", values = { "en", "de" }, doc = "of the rest" }
option { name = "shout", default = false, doc = "in capitals" }

config { name = "party", mode = "release", options = { shout = true, greeting = "Hey" } }
