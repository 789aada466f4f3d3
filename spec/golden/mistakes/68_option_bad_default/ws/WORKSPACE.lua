option { name = "os", values = { "linux", "mac" }, default = "lunix" }
