--- D: a key that needs itself.
local sky = require "skylua"

return {
  C = function(env, name)
    return env:try(sky.key("C", name)) and { type = "V", name = name }
  end,
}
