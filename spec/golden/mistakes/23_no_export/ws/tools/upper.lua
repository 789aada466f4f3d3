local upper = rule { impl = function(_) return {} end }

return { upper = upper }
