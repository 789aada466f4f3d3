local Info = provider { fields = { text = "the text" } }

local r = rule {
  impl = function(_)
    return { Info { text = { "x", function() end } } }
  end,
}

return { r = r }
