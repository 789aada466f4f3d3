--- Directories of outputs. A file that does not depend on a setting is made once, for all
--- configurations: so what a target uses may lie in another directory than its own outputs.

--- The directories of outputs that `files` lie in, each once, in order.
---@param files any[]
---@return string[]
local function roots_of(files)
  local out, seen = {}, {}
  for _, file in ipairs(files) do
    local root = file.path:match("^sky%-out/bin[^/]*")
    if root and not seen[root] then
      seen[root] = true
      out[#out + 1] = root
    end
  end
  return out
end

--- The target's own directory, and then those of `more`, each once.
---@param ctx table
---@param more string[]
---@return string[]
local function with_own(ctx, more)
  local out, seen = { ctx.bin_dir }, { [ctx.bin_dir] = true }
  for _, root in ipairs(more) do
    if not seen[root] then
      seen[root] = true
      out[#out + 1] = root
    end
  end
  return out
end

return { roots_of = roots_of, with_own = with_own }
