local Info = provider { fields = { text = "" } }
local r = rule { provides = { Info }, impl = function(ctx) return {} end }
return { r = r }
