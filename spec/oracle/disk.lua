--- Files for the oracle: through libuv, so that a step costs no shell.
local uv = require "luv"

local M = {}

---@param path string
---@return string? text
function M.read(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local text = f:read("a")
  f:close()
  return text
end

---@param path string  its directories are made
function M.mkdirs(path)
  local at = path:sub(1, 1) == "/" and "" or "."
  for part in path:gmatch("[^/]+") do
    at = at .. "/" .. part
    uv.fs_mkdir(at, 493)
  end
end

--- Removes whatever stands there, directories with all in them.
---@param path string
function M.remove(path)
  local st = uv.fs_lstat(path)
  if not st then return end
  if st.type == "directory" then
    uv.fs_chmod(path, 448)
    for _, name in ipairs(M.names(path)) do M.remove(path .. "/" .. name) end
    assert(uv.fs_rmdir(path))
  else
    assert(uv.fs_unlink(path))
  end
end

---@param dir string
---@return string[]  sorted
function M.names(dir)
  local list = {}
  local req = uv.fs_scandir(dir)
  while req do
    local name = uv.fs_scandir_next(req)
    if not name then break end
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

---@class Source
---@field text? string  a file
---@field exec? boolean
---@field link? string  a symlink
---@field dir? boolean  an empty directory

--- Makes `path` what `want` says, replacing what is there.
---@param path string
---@param want Source?  nil: nothing
function M.put(path, want)
  M.remove(path)
  if not want then return end
  M.mkdirs(path:match("^(.*)/"))
  if want.link then
    assert(uv.fs_symlink(want.link, path))
  elseif want.dir then
    assert(uv.fs_mkdir(path, 493))
  else
    M.write(path, want.text)
    assert(uv.fs_chmod(path, want.exec and 493 or 420))
  end
end

--- Writes into the file that is there: its inode stays.
---@param path string
---@param text string
function M.write(path, text)
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  f:close()
end

local function tree(path, out)
  for _, name in ipairs(M.names(path)) do
    out[#out + 1] = name .. "=" .. M.signature(path .. "/" .. name)
  end
end

--- Kind, content, exec bit and link target of what stands there; directories with all in them.
---@param path string
---@param alone? boolean  of a link: without what is behind it
---@return string
function M.signature(path, alone)
  local st = uv.fs_lstat(path)
  if not st then return "none" end
  local exec = st.mode & 73 ~= 0 and "x" or "-"
  if st.type == "file" then
    return "file" .. exec .. tostring(M.read(path))
  elseif st.type == "link" then
    -- what is behind it counts, too: whoever reads the output reads that
    return "link" .. uv.fs_readlink(path) .. ">" .. (alone and "" or M.content(path))
  elseif st.type == "directory" then
    local out = { "dir" }
    tree(path, out)
    return table.concat(out, ";")
  end
  return st.type
end

--- The same with links followed: what a command that opens it can see.
---@param path string
---@return string
function M.content(path)
  local st = uv.fs_stat(path)
  if not st then return "none" end
  if st.type == "directory" then return M.signature(path .. "/.") end
  return st.type .. (st.mode & 73 ~= 0 and "x" or "-") .. tostring(M.read(path))
end

return M
