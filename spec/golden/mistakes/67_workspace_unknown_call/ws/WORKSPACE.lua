repository { name = "x", path = "../x" }
