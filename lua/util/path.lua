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

--- The way from directory `from` to `to`, both relative to the same root.
---@param from string
---@param to string
---@return string
function M.relative(from, to)
  local a, b = {}, {}
  for part in from:gmatch("[^/]+") do
    a[#a + 1] = part
  end
  for part in to:gmatch("[^/]+") do
    b[#b + 1] = part
  end
  local same = 0
  while same < #a and same < #b and a[same + 1] == b[same + 1] do
    same = same + 1
  end
  local out = {}
  for _ = same + 1, #a do
    out[#out + 1] = ".."
  end
  for i = same + 1, #b do
    out[#out + 1] = b[i]
  end
  return #out == 0 and "." or table.concat(out, "/")
end

return M
