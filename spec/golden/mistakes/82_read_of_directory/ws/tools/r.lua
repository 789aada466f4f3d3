local Info = provider { fields = { text = "the text" } }
local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { providers = {} },
    n = attr.int {} },
  impl = function(ctx)
    local text = ctx:read("a.txt")
    return {}
  end,
}
return { r = r, Info = Info }
