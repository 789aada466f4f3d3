local function app(name)
  cc_binary {
    name = name,
    sources = { name .. ".c" },
  }
end

return { app = app }
