local r = rule {
  attrs = { src = attr.label { required = true } },
  impl = function(ctx) end,
}
