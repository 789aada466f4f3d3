return { flags = { "-O2" } }
