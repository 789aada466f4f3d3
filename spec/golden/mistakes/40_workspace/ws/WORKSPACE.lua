workspace { name = "demo" }
option { name = "os", values = { "linux", "mac" }, defualt = "linux" }
