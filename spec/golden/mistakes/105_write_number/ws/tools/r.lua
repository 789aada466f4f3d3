local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { allow_files = true, providers = {} } },
  impl = function(ctx)
    ctx:write("o", 42)
  end,
}
return { r = r }
