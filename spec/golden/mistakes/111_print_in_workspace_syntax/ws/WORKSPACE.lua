option { name = "os" default = "x" }
