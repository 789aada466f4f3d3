local says = rule {
  doc = "A header with the greeting: reads one option, so it is made again for that one only.",
  impl = function(ctx)
    local word = ctx.config.options.greeting
    local out = ctx:write(ctx.name .. ".h", ("#define WORD %q\n"):format(word))
    return { DefaultInfo { files = { out } } }
  end,
}

return { says = says }
