for f in glob { "*.c" } do
  cc_binary { name = f, srcs = { f } }
end
