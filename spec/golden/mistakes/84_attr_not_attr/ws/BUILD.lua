local r = rule {
  attrs = { src = "label" },
  impl = function(ctx) end,
}
