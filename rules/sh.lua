--- sh_binary, sh_test: shell scripts.
local environment = load("@sky//environment.lua").environment

local function quote(word)
  if word:find("^[%w_%-%+%./=:,@%%]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function one_source(ctx)
  local files = ctx.files.srcs
  if #files ~= 1 then
    ctx:fail(("srcs has %d files; a script is one"):format(#files), { attr = "srcs" })
  end
  return files[1]
end

local function needed(ctx)
  local out = { ctx.files.srcs }
  for _, targets in ipairs { ctx.attr.data, ctx.attr.deps } do
    for _, target in ipairs(targets) do
      out[#out + 1] = { target.files, target.runfiles }
    end
  end
  return out
end

--- A script that runs `script` of the workspace, wherever it is called from.
local function launcher(ctx, out, script)
  local up = ("../"):rep(select(2, out.dirname:gsub("[^/]+", "")))
  local lines = { "#!/bin/sh", "root=$(cd \"$(dirname \"$0\")/" .. up .. "\" && pwd) || exit 1" }
  for k, v in pairs((environment(ctx))) do
    lines[#lines + 1] = "export " .. k .. "=" .. quote(v)
  end
  local words = {}
  for i, arg in ipairs(ctx.attr.args) do
    words[i] = quote(arg) .. " "
  end
  lines[#lines + 1] = ("exec \"$root/%s\" %s\"$@\""):format(script.path, table.concat(words))
  ctx:write(out, lines, { executable = true })
end

local ATTRS = {
  srcs = attr.label_list { allow_files = true, mandatory = true, doc = "the script" },
  data = attr.label_list { allow_files = true, providers = {}, doc = "files needed at run time" },
  deps = attr.label_list { allow_files = true, providers = {}, doc = "other targets it needs" },
  args = attr.string_list { doc = "arguments before those of the user" },
  env = attr.environment { doc = "map of variables, or names from the caller's environment" },
}

local sh_binary = rule {
  doc = "A shell script as a program.",
  executable = true,
  attrs = ATTRS,
  impl = function(ctx)
    local script = one_source(ctx)
    local out = ctx:declare_file(ctx.name)
    if #ctx.attr.args == 0 and next(ctx.attr.env) == nil then
      ctx:run {
        mnemonic = "Script",
        message = "Copying " .. script.path,
        argv = { "/bin/sh", "-c", 'cp "$1" "$2" && chmod +x "$2"', "sh", script, out },
        inputs = { script },
        outputs = { out },
      }
    else
      launcher(ctx, out, script)
    end
    return { DefaultInfo { files = { out }, executable = out, runfiles = needed(ctx) } }
  end,
}

local test_attrs = { timeout = attr.int { default = 300, doc = "seconds" } }
for k, v in pairs(ATTRS) do
  test_attrs[k] = v
end

local sh_test = rule {
  doc = "A shell script that is a test: it passes when it exits with 0.",
  test = true,
  attrs = test_attrs,
  impl = function(ctx)
    local script = one_source(ctx)
    local env, names = environment(ctx)
    -- the script's own first line chooses the shell when the file is executable
    local run = 'if [ -x "$0" ]; then case "$0" in */*) ;; *) set -- "./$0" "$@"; exec "$@";; '
      .. 'esac; exec "$0" "$@"; fi; exec /bin/sh "$0" "$@"'
    return {
      DefaultInfo { files = { script }, runfiles = needed(ctx) },
      TestInfo { argv = { "/bin/sh", "-c", run, script, ctx.attr.args }, data = { script },
        env = env, env_inherit = names, timeout = ctx.attr.timeout },
    }
  end,
}

return { sh_binary = sh_binary, sh_test = sh_test }
