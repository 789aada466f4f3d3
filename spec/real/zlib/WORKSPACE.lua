workspace { name = "zlib" }
