local r = rule { attrs = { src = attr.label {} } }
