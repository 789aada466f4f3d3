--- G: `t` finds out in two passes what it needs: `x`, then `y`; and `y` needs `x` too.
local sky = require "skylua"
local c = sky.fn "C"

return {
  C = function(env, name)
    if name ~= "x" and not env:try(c "x") then return nil end
    if name == "t" and not env:try(c "y") then return nil end
    return { type = "V", name = name }
  end,
}
