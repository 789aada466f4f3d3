workspace { name = "custom_rule" }
