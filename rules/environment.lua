--- attr.environment, as actions and TestInfo want it.

--- A target's `env` apart: variables with values, and names taken from the caller.
---@param ctx table
---@return table<string, string> map
---@return string[] names
local function environment(ctx)
  local map, names = {}, {}
  for k, v in pairs(ctx.attr.env) do
    if type(k) == "number" then
      names[#names + 1] = v
    else
      map[k] = v
    end
  end
  return map, names
end

return { environment = environment }
