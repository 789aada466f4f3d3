local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { allow_files = true, providers = {} } },
  impl = function(ctx)
    local out = ctx:declare_file("o")
    ctx:run { argv = { "env" }, outputs = { out }, env = { "PATH" } }
  end,
}
return { r = r }
