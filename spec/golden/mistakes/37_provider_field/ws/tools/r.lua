local Info = provider { fields = { text = "the text" } }

local r = rule {
  impl = function(_)
    return { Info { txt = "x" } }
  end,
}

return { r = r }
