workspace { name = "generated" }
