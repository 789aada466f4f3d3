local twice = rule {
  impl = function(ctx)
    local out = ctx:declare_file("a.txt")
    ctx:write(out, "a")
    ctx:run { mnemonic = "Again", argv = { "touch", out }, outputs = { out } }
  end,
}

return { twice = twice }
