alias { name = "a", actual = ":bb" }
filegroup { name = "b" }
