local paint = rule {
  attrs = { colour = attr.string { values = { "red", "green" }, mandatory = true } },
  impl = function(_) return {} end,
}

return { paint = paint }
