--- py_library, py_binary, py_test: load "@sky//python.lua".
---
--- Modules are found from the workspace root ("a/b.py" is import a.b), likewise in sky-out/bin,
--- and from the directories in `imports`. Nothing is written beside the sources.
local environment = load("@sky//environment.lua").environment
local runtime = load "@sky//runtime.lua"

local PyInfo = provider {
  doc = "what a Python library gives to its dependents",
  fields = {
    files = "depset of files that may be imported",
    imports = "depset of directories to search",
  },
}

--- Argument: the table of toolchain { name = "python", python = ... }. Value: {python}.
node_function("PYTHON_TOOLCHAIN", function(ctx, given)
  -- the scripts of version managers need the caller's whole environment: not in an action
  local dirs = {}
  for dir in (ctx:getenv("PATH") or "/usr/local/bin:/usr/bin:/bin"):gmatch("[^:]+") do
    dirs[#dirs + 1] = not dir:find("/shims/?$") and dir or nil
  end
  local python = ctx:which(given.python or "python3", table.concat(dirs, ":"))
  if not python then
    ctx:fail(("there is no Python: '%s' is not in the PATH"):format(given.python or "python3"),
      { code = "E0243", hint = "install it (Debian: apt install python3), or say where it is: "
        .. 'toolchain { name = "python", python = "/opt/bin/python3" }' })
  end
  return { python = ctx:system_file(python) }
end)

local function info_of(ctx)
  local below = ctx:collect(ctx.attr.deps, PyInfo)
  return {
    files = depset(ctx.files.srcs, { below.files }),
    imports = depset(runtime.search_dirs(ctx, ctx.attr.imports), { below.imports }),
  }
end

--- Variables: no byte code beside the sources, and sets and maps in the same order every time.
local function variables(ctx, info, root)
  return { PYTHONPATH = runtime.search_path(ctx, info.files, info.imports, root, { "%s" }, ":"),
    PYTHONDONTWRITEBYTECODE = "1", PYTHONHASHSEED = "0", PYTHONNOUSERSITE = "1" }
end

local function main_of(ctx)
  return ctx.file.main or ctx.files.srcs[1]
    or ctx:fail("there is nothing to start", { hint = "name a file in main or in srcs" })
end

local function attributes(more)
  more.srcs = attr.label_list { allow_files = { ".py" }, doc = "Python files" }
  more.deps = attr.label_list { providers = { PyInfo }, doc = "Python libraries" }
  more.data = attr.label_list { allow_files = true, providers = {},
    doc = "files needed at run time" }
  more.imports = attr.string_list { doc = "directories to search, relative to the package" }
  return more
end

local MAIN = attr.label { allow_single_file = { ".py" },
  doc = "the file to start; else the first of srcs" }

local py_library = rule {
  doc = "Python files for others to import.",
  provides = { PyInfo },
  attrs = attributes {},
  impl = function(ctx)
    local info = info_of(ctx)
    return {
      DefaultInfo { files = ctx.files.srcs, runfiles = runtime.needed(ctx, info.files) },
      PyInfo { files = info.files, imports = info.imports },
    }
  end,
}

local py_binary = rule {
  doc = "A Python program: a script that starts `main`, or the first of srcs.",
  executable = true,
  attrs = attributes { main = MAIN },
  impl = function(ctx)
    local info = info_of(ctx)
    local main = main_of(ctx)
    local out = runtime.launcher(ctx, { ctx.toolchain.python.python.path }, main,
      variables(ctx, info, "$root/"))
    return { DefaultInfo { files = { out }, executable = out,
      runfiles = { runtime.needed(ctx, info.files), main } } }
  end,
}

--- runner -> the words between the interpreter and the files.
local RUNNERS = { script = {}, unittest = { "-m", "unittest" },
  pytest = { "-m", "pytest", "-q", "-p", "no:cacheprovider" } }

local py_test = rule {
  doc = "Python files that are a test: it passes when Python exits with 0.",
  test = true,
  attrs = attributes {
    main = MAIN,
    runner = attr.string { values = { "script", "unittest", "pytest" }, default = "script",
      doc = "start main as a script, or all of srcs with a module for tests" },
    args = attr.string_list { doc = "its arguments" },
    env = attr.environment { doc = "map of variables, or names from the caller's environment" },
    timeout = attr.int { default = 300, doc = "seconds" },
  },
  impl = function(ctx)
    local info = info_of(ctx)
    local runner, main = ctx.attr.runner, main_of(ctx)
    local python = ctx.toolchain.python.python
    local env, names = environment(ctx)
    for name, value in pairs(variables(ctx, info, "")) do
      env[name] = env[name] or value
    end
    return {
      DefaultInfo { files = ctx.files.srcs, runfiles = runtime.needed(ctx, info.files) },
      TestInfo {
        argv = { python, RUNNERS[runner], runner == "script" and main or ctx.files.srcs,
          ctx.attr.args },
        data = { python, main }, env = env, env_inherit = names, timeout = ctx.attr.timeout,
      },
    }
  end,
}

return { py_library = py_library, py_binary = py_binary, py_test = py_test, PyInfo = PyInfo }
