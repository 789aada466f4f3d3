local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { allow_files = true, providers = {} } },
  impl = function(ctx)
    local out = ctx:declare_file("/tmp/o")
    ctx:write(out, "")
  end,
}
return { r = r }
