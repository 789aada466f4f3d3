--- Paths as text, relative to the workspace or absolute. No disk.
local M = {}

--- dir/name, where dir may be "".
---@param dir string
---@param name string
---@return string
function M.join(dir, name)
  if dir == "" then
    return name
  end
  if name == "" then
    return dir
  end
  if name:sub(1, 1) == "/" then
    return name
  end
  return dir .. "/" .. name
end

--- Everything before the last "/", "" when there is none.
---@param path string
---@return string
function M.dirname(path)
  return path:match("^(.*)/[^/]*$") or ""
end

---@param path string
---@return string
function M.basename(path)
  return path:match("[^/]*$")
end

--- ".c" of "a/b.c"; "" when there is none. A leading dot is no extension.
---@param path string
---@return string
function M.extension(path)
  return path:match("[^/](%.[^./]*)$") or ""
end

--- "b" of "a/b.c".
---@param path string
---@return string
function M.stem(path)
  local base = M.basename(path)
  return base:match("^(.+)%.[^.]*$") or base
end

--- Removes "." and "x/.." segments and doubled "/". A leading ".." stays.
---@param path string
---@return string
function M.normalize(path)
  local out, n = {}, 0
  local absolute = path:sub(1, 1) == "/"
  for part in path:gmatch("[^/]+") do
    if part == ".." and n > 0 and out[n] ~= ".." then
      out[n] = nil
      n = n - 1
    elseif part ~= "." and not (part == ".." and absolute) then
      n = n + 1
      out[n] = part
    end
  end
  return (absolute and "/" or "") .. table.concat(out, "/")
end

return M
