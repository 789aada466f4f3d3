workspace { name = "codegen" }
