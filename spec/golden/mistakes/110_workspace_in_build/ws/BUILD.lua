workspace { name = "x" }
