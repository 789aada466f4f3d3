workspace { name = "sqlite3" }
