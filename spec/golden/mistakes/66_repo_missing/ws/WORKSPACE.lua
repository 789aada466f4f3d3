repo.path { name = "rules_x", path = "../no_such_place" }
