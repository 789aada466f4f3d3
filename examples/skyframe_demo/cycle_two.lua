--- E: two keys that need each other.
local sky = require "skylua"

local NEEDS = { a = "b", b = "a" }

return {
  C = function(env, name)
    return env:try(sky.key("C", NEEDS[name])) and { type = "V", name = name }
  end,
}
