--- cc_library, cc_binary, cc_test, cc_shared_library.
---
--- One action per source, with -MD: the compiler says which headers it read, so that a changed
--- header compiles just what includes it; what it may read at all is what the closure declares.
--- Everything is compiled with -fPIC, so that every library can go into a shared one.
local environment = load("@sky//environment.lua").environment

local CcInfo = provider {
  doc = "what a C library gives to its dependents",
  fields = {
    headers = "depset of files: what may be included",
    includes = "depset of directories for -I",
    defines = "depset of macros for -D",
    archives = "depset of archives, dependents first",
    whole = "depset of archives of which everything is linked",
    shared = "depset of shared libraries",
    linkopts = "depset of words for the linker",
    own = "depset: the archive of this very library",
    cxx = "true when there is C++ in it",
  },
}

local MODES = {
  fastbuild = { "-O1", "-g0" },
  debug = { "-O0", "-g" },
  release = { "-O2", "-g0", "-DNDEBUG" },
}

local C = { [".c"] = true, [".S"] = true, [".s"] = true }
local CXX = { [".cc"] = true, [".cpp"] = true, [".cxx"] = true, [".C"] = true }
local HEADERS = { [".h"] = true, [".hh"] = true, [".hpp"] = true, [".hxx"] = true, [".inc"] = true,
  [".def"] = true }

-- ---- what the target and its dependencies say ----

local function join(dir, name)
  if dir == "" or name == "" then
    return dir .. name
  end
  return dir .. "/" .. name
end

--- `includes` of the target as directories of sources and of outputs.
local function include_dirs(ctx)
  local out = {}
  for _, name in ipairs(ctx.attr.includes) do
    name = name == "." and "" or name:gsub("^%./", ""):gsub("/+$", "")
    local source = join(ctx.package_dir, name)
    out[#out + 1] = source == "" and "." or source
    out[#out + 1] = join(ctx.out_dir, name)
  end
  -- from here and from elsewhere, another repository's headers are named from its own root
  if ctx.root ~= "" then
    out[#out + 1] = ctx.root
    out[#out + 1] = ctx.bin_dir .. "/external/" .. ctx.label.repo
  end
  return out
end

local function split_sources(ctx)
  local sources, private, seen = {}, {}, {}
  for _, file in ipairs(ctx.files.srcs) do
    local ext = file.extension
    if seen[file.path] then -- luacheck: ignore 542
      -- a glob and a name may both have it
    elseif C[ext] or CXX[ext] then
      sources[#sources + 1] = file
    elseif HEADERS[ext] then
      private[#private + 1] = file
    else
      ctx:fail(("'%s' is no source: cc rules know .c .S .cc .cpp .cxx and headers"):format(
        file.path), { attr = "srcs" })
    end
    seen[file.path] = true
  end
  return sources, private
end

local function has_cxx(ctx, sources)
  for _, file in ipairs(sources) do
    if CXX[file.extension] then
      return true
    end
  end
  for _, dep in ipairs(ctx.attr.deps) do
    if dep[CcInfo].cxx then
      return true
    end
  end
  return false
end

--- CcInfo as dependents see it, without the libraries.
local function context_of(ctx)
  local below = ctx:collect(ctx.attr.deps, CcInfo, "preorder")
  return {
    below = below,
    headers = depset(ctx.files.hdrs, { below.headers }, "preorder"),
    includes = depset(include_dirs(ctx), { below.includes }, "preorder"),
    defines = depset(ctx.attr.defines, { below.defines }, "preorder"),
  }
end

-- ---- compiling ----

--- Where an object goes: below _objs/NAME, as the source lies in the package.
local function object_name(ctx, source)
  local path = source.path
  for _, dir in ipairs { ctx.out_dir, ctx.package_dir } do
    if dir == "" or path:sub(1, #dir + 1) == dir .. "/" then
      path = dir == "" and path or path:sub(#dir + 2)
      break
    end
  end
  return "_objs/" .. ctx.name .. "/" .. path:gsub("^/", "")
end

--- The words that all compilations of a target share.
local function common_flags(ctx, about)
  local bin = ctx.bin_dir
  local flags = ctx:args():add(MODES[ctx.config.mode] or MODES.fastbuild, "-fPIC")
  flags:add("-iquote", ctx.root == "" and "." or ctx.root, "-iquote", bin)
  if ctx.out_dir ~= bin then
    flags:add("-iquote", ctx.out_dir)
  end
  flags:add_all(about.includes, { prefix = "-I" })
  flags:add_all(about.defines, { prefix = "-D" })
  flags:add_all(ctx.attr.local_defines, { prefix = "-D" })
  flags:add_all(ctx.attr.copts)
  return flags
end

local function compiler(ctx, is_cxx)
  local chain = ctx.toolchain.cc
  local tool = is_cxx and chain.cxx or chain.cc
  if not tool then
    ctx:fail("there is no C++ compiler in the PATH",
      { attr = "srcs", hint = "install one (Debian: apt install g++), or set CXX" })
  end
  return tool, is_cxx and chain.cxxflags or chain.cflags
end

local function compile(ctx, source, flags, may_read)
  local is_cxx = CXX[source.extension] or false
  local tool, base = compiler(ctx, is_cxx)
  local name = object_name(ctx, source)
  local object, depfile = ctx:declare_file(name .. ".o"), ctx:declare_file(name .. ".d")
  ctx:run {
    mnemonic = is_cxx and "CXX" or "CC",
    message = (is_cxx and "CXX " or "CC ") .. source.path,
    argv = { tool.program, tool.args, base, flags, "-MD", "-MF", depfile, "-c", source, "-o",
      object },
    inputs = { source },
    may_read = { may_read },
    outputs = { object },
    depfile = depfile,
    -- the compiler writes $PWD into debug information; this path is the same everywhere
    env = { PWD = "/proc/self/cwd" },
  }
  return object
end

local function compile_all(ctx, sources, private, about)
  local flags = common_flags(ctx, about)
  local may_read = depset(private, { about.headers }, "preorder")
  local objects = {}
  for i, source in ipairs(sources) do
    objects[i] = compile(ctx, source, flags, may_read)
  end
  return objects
end

-- ---- linking ----

local function archive(ctx, objects)
  local out = ctx:declare_file("lib" .. ctx.name .. ".a")
  local ar = ctx.toolchain.cc.ar
  ctx:run {
    mnemonic = "AR",
    message = "AR " .. out.path,
    argv = { ar.program, ar.args,
      ctx:args():add("rcsD", out):add_all(objects):param_file("@%s") },
    inputs = objects,
    outputs = { out },
  }
  return out
end

--- "../.." from the directory of `from` to that of `to`, both outputs.
local function way(from, to)
  local a, b = {}, {}
  for part in from.dirname:gmatch("[^/]+") do
    a[#a + 1] = part
  end
  for part in to.dirname:gmatch("[^/]+") do
    b[#b + 1] = part
  end
  local same = 0
  while same < #a and same < #b and a[same + 1] == b[same + 1] do
    same = same + 1
  end
  local out = {}
  for i = same + 1, #a do
    out[i - same] = ".."
  end
  for i = same + 1, #b do
    out[#out + 1] = b[i]
  end
  return #out == 0 and "" or "/" .. table.concat(out, "/")
end

--- -rpath words, so that a program finds our shared libraries from where it lies.
local function rpaths(out, shared)
  local words, seen = {}, {}
  for _, file in ipairs(shared:to_list()) do
    local word = "-Wl,-rpath,$ORIGIN" .. way(out, file)
    if not seen[word] then
      seen[word] = true
      words[#words + 1] = word
    end
  end
  return words
end

local function link(ctx, out, objects, libs, extra)
  local chain = ctx.toolchain.cc
  local tool = libs.cxx and chain.cxx or chain.cc
  local words = ctx:args():add("-o", out, extra or {}):add_all(objects)
  if #libs.whole:to_list() > 0 then
    words:add("-Wl,--whole-archive"):add_all(libs.whole):add("-Wl,--no-whole-archive")
  end
  words:add_all(libs.archives):add_all(libs.shared):add(rpaths(out, libs.shared))
  words:add_all(ctx.attr.linkopts):add_all(libs.linkopts):param_file("@%s")
  ctx:run {
    mnemonic = "LINK",
    message = "Link " .. out.path,
    argv = { tool.program, tool.args, chain.ldflags,
      ctx.config.mode == "debug" and "-g", words },
    inputs = { objects, libs.archives, libs.whole, libs.shared },
    outputs = { out },
  }
  return out
end

local function libraries(ctx, cxx)
  local libs = ctx:collect(ctx.attr.deps, CcInfo, "topological")
  return { archives = libs.archives, whole = libs.whole, shared = libs.shared,
    linkopts = libs.linkopts, cxx = cxx }
end

-- ---- run time ----

local function runfiles(ctx, shared)
  local out = { shared }
  for _, targets in ipairs { ctx.attr.data, ctx.attr.deps } do
    for _, target in ipairs(targets) do
      out[#out + 1] = target.runfiles
    end
  end
  for _, target in ipairs(ctx.attr.data) do
    out[#out + 1] = target.files
  end
  return out
end

-- ---- rules ----

local SOURCES = { ".c", ".S", ".s", ".cc", ".cpp", ".cxx", ".C", ".h", ".hh", ".hpp", ".hxx",
  ".inc", ".def" }

local function attributes(more)
  local out = {
    srcs = attr.label_list { allow_files = SOURCES, doc = "sources, and headers of its own" },
    deps = attr.label_list { providers = { CcInfo }, doc = "libraries" },
    data = attr.label_list { allow_files = true, providers = {}, doc = "files needed at run time" },
    copts = attr.string_list { doc = "words for the compiler, for this target only" },
    local_defines = attr.string_list { doc = "macros, for this target only" },
    includes = attr.string_list {
      doc = "directories for #include, relative to the package; dependents get them too" },
    defines = attr.string_list { doc = "macros; dependents get them too" },
    linkopts = attr.string_list { doc = "words for the linker of the program" },
    hdrs = attr.label_list { allow_files = true, providers = {}, doc = "headers for dependents" },
    linkstatic = attr.bool { default = true,
      doc = "libraries are linked as archives; only true is possible" },
  }
  for k, v in pairs(more) do
    out[k] = v
  end
  return out
end

local function check(ctx)
  if not ctx.attr.linkstatic then
    ctx:fail("linkstatic = false is not possible: libraries are linked as archives",
      { attr = "linkstatic", hint = "use cc_shared_library for a shared one" })
  end
end

local cc_library = rule {
  doc = "A C or C++ library: headers, and an archive when it has sources.",
  provides = { CcInfo },
  outputs = { "lib{name}.a" },
  attrs = attributes {
    alwayslink = attr.bool { doc = "link all of it, also what nothing refers to" },
  },
  impl = function(ctx)
    check(ctx)
    local sources, private = split_sources(ctx)
    local about = context_of(ctx)
    local libs = libraries(ctx, has_cxx(ctx, sources))
    local files = {}
    if #sources > 0 then
      files[1] = archive(ctx, compile_all(ctx, sources, private, about))
    end
    local always = ctx.attr.alwayslink
    return {
      DefaultInfo { files = files, runfiles = runfiles(ctx, {}) },
      CcInfo {
        headers = about.headers, includes = about.includes, defines = about.defines,
        archives = depset(always and {} or files, { libs.archives }, "topological"),
        whole = depset(always and files or {}, { libs.whole }, "topological"),
        linkopts = depset(ctx.attr.linkopts, { libs.linkopts }, "topological"),
        shared = libs.shared, own = depset(files), cxx = libs.cxx or nil,
      },
    }
  end,
}

local function program(ctx)
  check(ctx)
  local sources, private = split_sources(ctx)
  local about = context_of(ctx)
  local libs = libraries(ctx, has_cxx(ctx, sources))
  local objects = compile_all(ctx, sources, private, about)
  local out = link(ctx, ctx:declare_file(ctx.name), objects, libs)
  return out, runfiles(ctx, libs.shared)
end

local cc_binary = rule {
  doc = "A C or C++ program.",
  executable = true,
  attrs = attributes {},
  impl = function(ctx)
    local out, needed = program(ctx)
    return { DefaultInfo { files = { out }, executable = out, runfiles = needed } }
  end,
}

local cc_test = rule {
  doc = "A C or C++ program that is a test: it passes when it exits with 0.",
  test = true,
  attrs = attributes {
    args = attr.string_list { doc = "its arguments" },
    env = attr.environment { doc = "map of variables, or names from the caller's environment" },
    timeout = attr.int { default = 300, doc = "seconds" },
  },
  impl = function(ctx)
    local out, needed = program(ctx)
    local env, names = environment(ctx)
    return {
      DefaultInfo { files = { out }, executable = out, runfiles = needed },
      TestInfo { executable = out, args = ctx.attr.args, env = env, env_inherit = names,
        timeout = ctx.attr.timeout },
    }
  end,
}

--- The archives of the direct dependencies go in whole; they are not linked a second time.
local function absorb(ctx, libs)
  local own = ctx:collect(ctx.attr.deps, CcInfo, "topological").own
  local inside, rest = {}, {}
  for _, file in ipairs(own:to_list()) do
    inside[file.path] = true
  end
  for _, file in ipairs(libs.archives:to_list()) do
    if not inside[file.path] then
      rest[#rest + 1] = file
    end
  end
  libs.whole = depset({}, { own, libs.whole }, "topological")
  libs.archives = depset(rest)
end

local cc_shared_library = rule {
  doc = "A shared library of its sources and of all that its dependencies have.",
  provides = { CcInfo },
  outputs = { "lib{name}.so" },
  attrs = attributes {},
  impl = function(ctx)
    check(ctx)
    local sources, private = split_sources(ctx)
    local about = context_of(ctx)
    local libs = libraries(ctx, has_cxx(ctx, sources))
    local objects = compile_all(ctx, sources, private, about)
    absorb(ctx, libs)
    local out = ctx:declare_file("lib" .. ctx.name .. ".so")
    link(ctx, out, objects, libs, { "-shared", "-Wl,-soname," .. out.basename })
    return {
      DefaultInfo { files = { out }, runfiles = runfiles(ctx, libs.shared) },
      CcInfo {
        headers = about.headers, includes = about.includes, defines = about.defines,
        archives = depset(), whole = depset(), linkopts = depset(), own = depset(),
        shared = depset({ out }, { libs.shared }, "topological"), cxx = libs.cxx or nil,
      },
    }
  end,
}

return {
  cc_library = cc_library,
  cc_binary = cc_binary,
  cc_test = cc_test,
  cc_shared_library = cc_shared_library,
  CcInfo = CcInfo,
}
