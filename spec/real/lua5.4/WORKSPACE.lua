workspace { name = "lua" }
