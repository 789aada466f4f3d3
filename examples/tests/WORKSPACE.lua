workspace { name = "tests" }
