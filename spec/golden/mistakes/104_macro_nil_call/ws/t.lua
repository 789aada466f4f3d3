local function app(spec)
  cc_binary { name = spec.name .. "_bin", srcs = spec.srcs }
end
return { app = app }
