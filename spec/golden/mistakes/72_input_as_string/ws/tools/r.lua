local Info = provider { fields = { text = "the text" } }
local r = rule {
  attrs = { src = attr.label { allow_single_file = true },
    deps = attr.label_list { providers = {} },
    n = attr.int {} },
  impl = function(ctx)
    local out = ctx:declare_file("o")
    ctx:run { argv = { "cp", "a.txt", out }, inputs = { "a.txt" }, outputs = { out } }
    return {}
  end,
}
return { r = r, Info = Info }
