local twice = rule {
  impl = function(ctx)
    local out = ctx:declare_file("a.txt")
    local forgotten = ctx:declare_file("b.txt")
    ctx:write(out, "a")
    return { DefaultInfo { files = { out, forgotten } } }
  end,
}

return { twice = twice }
