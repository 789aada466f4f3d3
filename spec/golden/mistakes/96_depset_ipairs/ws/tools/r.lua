local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { allow_files = true, providers = {} } },
  impl = function(ctx)
    local n = 0
    for _, f in ipairs(ctx.attr.deps[1].files) do n = n + 1 end
    ctx:write("o", tostring(n))
  end,
}
return { r = r }
