local r = rule {
  attrs = { srcs = attr.labels {} },
  impl = function(ctx) end,
}
