workspace { name = "monorepo" }

option { name = "greeting", values = { "short", "long" }, default = "short",
  doc = "what the server says: skylua build -D greeting=long" }
