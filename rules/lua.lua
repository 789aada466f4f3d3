--- lua_library, lua_binary, lua_test.
---
--- Modules are found from the workspace root ("a/b.lua" is require "a.b"), likewise in
--- sky-out/bin, and from the directories in `paths`.
local environment = load("@sky//environment.lua").environment
local runtime = load "@sky//runtime.lua"

local LuaInfo = provider {
  doc = "what a Lua library gives to its dependents",
  fields = {
    files = "depset of files that may be required",
    paths = "depset of directories to search",
  },
}

--- Argument: the table of toolchain { name = "lua", ... }. Value: {lua, busted = artifact or nil}.
node_function("LUA_TOOLCHAIN", function(ctx, given)
  local lua = ctx:which(given.lua or { "lua5.4", "lua" })
  if not lua then
    ctx:fail("there is no Lua interpreter: neither lua5.4 nor lua is in the PATH",
      { code = "E0243", hint = "install one (Debian: apt install lua5.4)" })
  end
  local busted = ctx:which(given.busted or "busted")
  return { lua = ctx:system_file(lua), busted = busted and ctx:system_file(busted) }
end)

local function info_of(ctx)
  local below = ctx:collect(ctx.attr.deps, LuaInfo)
  return {
    files = depset(ctx.files.srcs, { below.files }),
    paths = depset(runtime.search_dirs(ctx, ctx.attr.paths), { below.paths }),
  }
end

--- The value of LUA_PATH; `root` is put before each directory.
local function lua_path(ctx, info, root)
  return runtime.search_path(ctx, info.files, info.paths, root,
    { "%s/?.lua", "%s/?/init.lua" }, ";") .. ";;"
end

local COMMON = {
  srcs = attr.label_list { allow_files = { ".lua" }, doc = "Lua files" },
  deps = attr.label_list { providers = { LuaInfo }, doc = "Lua libraries" },
  data = attr.label_list { allow_files = true, providers = {}, doc = "files needed at run time" },
  paths = attr.string_list { doc = "directories to search, relative to the package" },
}

local function with(more)
  for k, v in pairs(COMMON) do
    more[k] = v
  end
  return more
end

local lua_library = rule {
  doc = "Lua files for others to require.",
  provides = { LuaInfo },
  attrs = with {},
  impl = function(ctx)
    local info = info_of(ctx)
    return {
      DefaultInfo { files = ctx.files.srcs, runfiles = runtime.needed(ctx, info.files) },
      LuaInfo { files = info.files, paths = info.paths },
    }
  end,
}

local lua_binary = rule {
  doc = "A Lua program: a script that starts `main`, or the first of srcs.",
  executable = true,
  attrs = with {
    main = attr.label { allow_single_file = { ".lua" }, doc = "the file to start" },
  },
  impl = function(ctx)
    local info = info_of(ctx)
    local main = ctx.file.main or ctx.files.srcs[1]
    if not main then
      ctx:fail("there is nothing to start", { hint = "name a file in main or in srcs" })
    end
    local out = runtime.launcher(ctx, { ctx.toolchain.lua.lua.path }, main,
      { LUA_PATH = lua_path(ctx, info, "$root/") })
    return { DefaultInfo { files = { out }, executable = out,
      runfiles = { runtime.needed(ctx, info.files), main } } }
  end,
}

local lua_test = rule {
  doc = "Lua files that are a test: run by busted when it is installed, else by lua5.4.",
  test = true,
  attrs = with {
    args = attr.string_list { doc = "more arguments" },
    env = attr.environment { doc = "map of variables, or names from the caller's environment" },
    timeout = attr.int { default = 300, doc = "seconds" },
  },
  impl = function(ctx)
    local info = info_of(ctx)
    local chain = ctx.toolchain.lua
    local files = ctx.files.srcs
    if #files == 0 then
      ctx:fail("a test needs srcs", { attr = "srcs" })
    end
    local env, names = environment(ctx)
    env.LUA_PATH = env.LUA_PATH or lua_path(ctx, info, "")
    local argv
    if chain.busted then
      argv = { chain.lua, chain.busted, ctx.attr.args, files }
    else
      argv = { chain.lua, files[1], ctx.attr.args }
    end
    return {
      DefaultInfo { files = files, runfiles = runtime.needed(ctx, info.files) },
      TestInfo { argv = argv, data = { files, chain.lua, chain.busted or false }, env = env,
        env_inherit = names, timeout = ctx.attr.timeout },
    }
  end,
}

return { lua_library = lua_library, lua_binary = lua_binary, lua_test = lua_test,
  LuaInfo = LuaInfo }
