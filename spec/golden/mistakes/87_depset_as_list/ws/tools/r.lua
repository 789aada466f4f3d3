local Info = provider { fields = { text = "the text" } }
local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { providers = {} },
    n = attr.int {} },
  impl = function(ctx)
    local d = depset({ ctx.file.src })
    ctx:write("o", d[1].path)
    return {}
  end,
}
return { r = r, Info = Info }
