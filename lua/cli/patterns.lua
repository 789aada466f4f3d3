--- What a word on the command line stands for, by its form alone.
local path = require "util.path"

local M = {}

---@class Pattern
---@field kind "label"|"pattern"|"path"
---@field text string      "//pkg:name", "//pkg/...", or for a path: relative to the workspace
---@field negative boolean  takes its targets away
---@field word string      as the user wrote it

--- The path in normal form; nil when it leads out of the workspace.
---@param text string  relative to the workspace
---@return string?
local function inside(text)
  local normal = path.normalize(text)
  return normal ~= ".." and not normal:find("^%.%./") and normal or nil
end

--- "//pkg", "//pkg:name", "//pkg/...", "//...", "//pkg:all", and the same behind "@repo".
---@param word string
---@return string? kind
---@return string text  or why not
local function absolute(word)
  local repo, pkg, name = word:match("^(@?[^/:]*)//([^:]*):([^:]+)$")
  if pkg then
    return name == "all" and "pattern" or "label", ("%s//%s:%s"):format(repo, pkg, name)
  end
  repo, pkg = word:match("^(@?[^/:]*)//([^:]*)$")
  if not pkg then return nil, "not a label (want //dir:name, //dir/... or //dir:all)" end
  pkg = pkg:gsub("/+$", "")
  if pkg == "..." or pkg:find("/%.%.%.$") then return "pattern", repo .. "//" .. pkg end
  if pkg == "" then return nil, "the root package has no name of its own: //:name or //:all" end
  return "label", ("%s//%s:%s"):format(repo, pkg, path.basename(pkg))
end

--- ":name", "pkg:name", "...", "pkg/...", "dir/file", "/abs/file".
---@param word string
---@param place Place
---@return string? kind
---@return string text  or why not
local function relative(word, place)
  local dir, name = word:match("^([^:]*):([^:]+)$")
  if not dir and word:find("^/") then
    local prefix = place.root == "/" and "/" or place.root .. "/"
    if word == place.root then return "pattern", "//..." end
    if word:sub(1, #prefix) ~= prefix then return nil, "outside of the workspace " .. place.root end
    return "path", inside(word:sub(#prefix + 1)) or ""
  end
  local below = (dir or word):match("^(.-)/*%.%.%.$")
  local at = inside(path.join(place.pkg, below or dir or word))
  if not at then return nil, "outside of the workspace " .. place.root end
  if dir then
    return name == "all" and "pattern" or "label", ("//%s:%s"):format(at, name)
  end
  if below then return "pattern", "//" .. path.join(at, "...") end
  return "path", at
end

---@param word string
---@param place Place
---@return Pattern?
---@return UsageError?
function M.read(word, place)
  local negative = word:sub(1, 1) == "-" and word ~= "-"
  local body = negative and word:sub(2) or word
  local read = (body:find("^@?[^/:]*//") and absolute) or relative
  local kind, text = read(body, place)
  if not kind then return nil, { message = ("'%s': %s"):format(word, text) } end
  return { kind = kind, text = text, negative = negative, word = word }
end

--- What is meant when no target is named: the package of the current directory and below.
---@param place Place
---@return Pattern
function M.default(place)
  local text = "//" .. path.join(place.pkg, "...")
  return { kind = "pattern", text = text, negative = false, word = text }
end

return M
