--- What rules for scripting languages share: files that a program needs, directories where its
--- modules are found, and a start script.
local roots = load "@sky//roots.lua"

local function join(dir, name)
  if dir == "" or name == "" or name == "." then
    return name == "." and dir or dir .. name
  end
  return dir .. "/" .. name
end

--- `names` of a package, as directories of sources and of outputs.
---@param ctx table
---@param names string[]
---@return string[]
local function search_dirs(ctx, names)
  local out, own = {}, roots.with_own(ctx, roots.roots_of(ctx.files.srcs))
  for _, name in ipairs(names) do
    local dir = join(ctx.package_dir, name)
    out[#out + 1] = dir == "" and "." or dir
    for _, root in ipairs(own) do
      out[#out + 1] = join(root .. ctx.out_dir:sub(#ctx.bin_dir + 1), name)
    end
  end
  return out
end

--- All that a target needs when it runs: its files, its data, and what its dependencies need.
---@param ctx table
---@param files any depset
---@return any[]
local function needed(ctx, files)
  local out = { files }
  for _, targets in ipairs { ctx.attr.data, ctx.attr.deps } do
    for _, target in ipairs(targets) do
      out[#out + 1] = { target.files, target.runfiles }
    end
  end
  return out
end

--- A search path: each of `formats` with each directory, root and outputs first.
---@param ctx table
---@param files any depset  what is to be found
---@param dirs any depset
---@param root string  put before each directory
---@param formats string[]  such as "%s/?.lua"
---@param separator string
---@return string
local function search_path(ctx, files, dirs, root, formats, separator)
  local all, out = { ".", table.unpack(roots.with_own(ctx, roots.roots_of(files:to_list()))) }, {}
  for _, dir in ipairs(dirs:to_list()) do
    all[#all + 1] = dir
  end
  for _, dir in ipairs(all) do
    for _, format in ipairs(formats) do
      out[#out + 1] = format:format(root .. dir)
    end
  end
  return table.concat(out, separator)
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- A shell script that starts `main` with an interpreter, wherever it is called from; `$root` in
--- the values of `env` is the workspace.
---@param ctx table
---@param interpreter string[]
---@param main any artifact
---@param env table<string, string>
---@return any artifact
local function launcher(ctx, interpreter, main, env)
  local out = ctx:declare_file(ctx.name)
  local up = ("../"):rep(select(2, out.dirname:gsub("[^/]+", "")))
  local lines = { "#!/bin/sh", "root=$(cd \"$(dirname \"$0\")/" .. up .. "\" && pwd) || exit 1" }
  for name, value in pairs(env) do
    value = value:gsub('["`\\]', "\\%0"):gsub("%$", "\\$"):gsub("\\%$root/", "$root/")
    lines[#lines + 1] = ('export %s="%s"'):format(name, value)
  end
  local words = {}
  for i, word in ipairs(interpreter) do
    words[i] = quote(word)
  end
  lines[#lines + 1] = ('exec %s "$root"/%s "$@"'):format(table.concat(words, " "),
    quote(main.path))
  return ctx:write(out, lines, { executable = true })
end

return { search_dirs = search_dirs, needed = needed, search_path = search_path,
  launcher = launcher }
