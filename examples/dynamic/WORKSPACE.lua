workspace { name = "dynamic" }
