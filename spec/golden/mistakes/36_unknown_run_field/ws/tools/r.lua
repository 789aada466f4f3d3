local r = rule {
  impl = function(ctx)
    local out = ctx:declare_file("a.txt")
    ctx:run {
      argv = { "touch", out },
      output = { out },
    }
  end,
}

return { r = r }
