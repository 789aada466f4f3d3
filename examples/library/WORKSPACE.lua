workspace { name = "library" }
