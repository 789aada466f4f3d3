version = "1.0"

filegroup { name = "docs" }
