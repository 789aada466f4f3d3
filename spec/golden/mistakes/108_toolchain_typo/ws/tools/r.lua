local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { allow_files = true, providers = {} } },
  impl = function(ctx)
    local cc = ctx.toolchain.ccc.cc
    return {}
  end,
}
return { r = r }
