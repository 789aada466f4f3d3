--- cc_library, cc_binary, cc_test, cc_shared_library.
---
--- One action per source, with -MD: the compiler says which headers it read, so that a changed
--- header compiles just what includes it; what it may read at all is what the closure declares.
--- Everything is compiled with -fPIC, so that every library can go into a shared one.
local environment = load("@sky//environment.lua").environment
local roots = load "@sky//roots.lua"

local CcInfo = provider {
  doc = "what a C library gives to its dependents",
  fields = {
    headers = "depset of files: what may be included",
    roots = "depset of directories of outputs that headers lie in",
    includes = "depset of directories for -I",
    defines = "depset of macros for -D",
    archives = "depset of archives, dependents first",
    whole = "depset of archives of which everything is linked",
    shared = "depset of shared libraries",
    dynamic = "depset of what a program with linkstatic = false links instead of archives",
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

--- The package's directory below a directory of outputs.
local function below(ctx, root)
  return root .. ctx.out_dir:sub(#ctx.bin_dir + 1)
end

--- `includes` of the target as directories of sources and of outputs.
local function include_dirs(ctx, own_roots)
  local out = {}
  for _, name in ipairs(ctx.attr.includes) do
    name = name == "." and "" or name:gsub("^%./", ""):gsub("/+$", "")
    local source = join(ctx.package_dir, name)
    out[#out + 1] = source == "" and "." or source
    for _, root in ipairs(own_roots) do
      out[#out + 1] = join(below(ctx, root), name)
    end
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
  local deps = ctx:collect(ctx.attr.deps, CcInfo, "preorder")
  local own = roots.roots_of(ctx.files.hdrs)
  return {
    headers = depset(ctx.files.hdrs, { deps.headers }, "preorder"),
    roots = depset(own, { deps.roots }, "preorder"),
    includes = depset(include_dirs(ctx, roots.with_own(ctx, own)), { deps.includes }, "preorder"),
    defines = depset(ctx.attr.defines, { deps.defines }, "preorder"),
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
local function common_flags(ctx, private, about)
  local flags = ctx:args():add(MODES[ctx.config.mode] or MODES.fastbuild, "-fPIC")
  flags:add("-iquote", ctx.root == "" and "." or ctx.root)
  local more = roots.roots_of(private)
  for _, root in ipairs(about.roots:to_list()) do
    more[#more + 1] = root
  end
  for _, root in ipairs(roots.with_own(ctx, more)) do
    flags:add("-iquote", root)
    if ctx.out_dir ~= ctx.bin_dir then
      flags:add("-iquote", below(ctx, root))
    end
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
  local flags = common_flags(ctx, private, about)
  local may_read = depset(private, { about.headers }, "preorder")
  local objects = {}
  for i, source in ipairs(sources) do
    objects[i] = compile(ctx, source, flags, may_read)
  end
  return objects
end

-- ---- linking ----

-- Archivers and linkers read again what they have written.
local READ_BACK = { read_back = true }

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
    execution = READ_BACK,
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
    execution = READ_BACK,
  }
  return out
end

--- A shared library; it is found by its name where -rpath says.
local function link_shared(ctx, out, objects, libs, extra)
  return link(ctx, out, objects, libs, { "-shared", "-Wl,-soname," .. out.basename, extra or {} })
end

local function libraries(ctx, cxx)
  local libs = ctx:collect(ctx.attr.deps, CcInfo, "topological")
  return { archives = libs.archives, whole = libs.whole, shared = libs.shared,
    dynamic = libs.dynamic, linkopts = libs.linkopts, cxx = cxx }
end

-- What only registers itself is needed too, though nothing refers to it.
local ALL_NEEDED = { "-Wl,--no-as-needed" }

--- What is linked with linkstatic = false: shared libraries, and the archives of those that have
--- no shared one.
local function dynamic_libraries(libs)
  local archives, whole, shared, always = {}, {}, {}, {}
  for _, file in ipairs(libs.whole:to_list()) do
    always[file.path] = true
  end
  for _, file in ipairs(libs.dynamic:to_list()) do
    local list = file.extension ~= ".a" and shared or always[file.path] and whole or archives
    list[#list + 1] = file
  end
  return { archives = depset(archives), whole = depset(whole), linkopts = libs.linkopts,
    cxx = libs.cxx, dynamic = libs.dynamic,
    shared = depset(shared, { libs.shared }, "topological") }
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
      doc = "link the libraries as archives; false: as shared libraries" },
  }
  for k, v in pairs(more) do
    out[k] = v
  end
  return out
end

--- The library as a shared one, for programs with linkstatic = false. Made only when one wants it.
local function dynamic_of(ctx, objects, libs)
  local none = depset()
  return link_shared(ctx, ctx:declare_file("_so/lib" .. ctx.name .. ".so"), objects,
    { archives = none, whole = none, shared = none, linkopts = none, cxx = libs.cxx })
end

local cc_library = rule {
  doc = "A C or C++ library: headers, and an archive when it has sources.",
  provides = { CcInfo },
  outputs = { "lib{name}.a" },
  config = { "mode" },
  attrs = attributes {
    alwayslink = attr.bool { doc = "link all of it, also what nothing refers to" },
    linkstatic = attr.bool { doc = "an archive even for programs with linkstatic = false" },
  },
  impl = function(ctx)
    local sources, private = split_sources(ctx)
    local about = context_of(ctx)
    local libs = libraries(ctx, has_cxx(ctx, sources))
    local files, dynamic = {}, {}
    if #sources > 0 then
      local objects = compile_all(ctx, sources, private, about)
      files[1] = archive(ctx, objects)
      dynamic[1] = ctx.attr.linkstatic and files[1] or dynamic_of(ctx, objects, libs)
    end
    local always = ctx.attr.alwayslink
    return {
      DefaultInfo { files = files, runfiles = runfiles(ctx, {}) },
      CcInfo {
        headers = about.headers, roots = about.roots, includes = about.includes,
        defines = about.defines,
        archives = depset(always and {} or files, { libs.archives }, "topological"),
        whole = depset(always and files or {}, { libs.whole }, "topological"),
        linkopts = depset(ctx.attr.linkopts, { libs.linkopts }, "topological"),
        dynamic = depset(dynamic, { libs.dynamic }, "topological"),
        shared = libs.shared, own = depset(files), cxx = libs.cxx or nil,
      },
    }
  end,
}

local function program(ctx)
  local sources, private = split_sources(ctx)
  local about = context_of(ctx)
  local libs = libraries(ctx, has_cxx(ctx, sources))
  local objects = compile_all(ctx, sources, private, about)
  local extra
  if not ctx.attr.linkstatic then
    libs, extra = dynamic_libraries(libs), ALL_NEEDED
  end
  local out = link(ctx, ctx:declare_file(ctx.name), objects, libs, extra)
  return out, runfiles(ctx, libs.shared)
end

local cc_binary = rule {
  doc = "A C or C++ program.",
  executable = true,
  config = { "mode" },
  attrs = attributes {},
  impl = function(ctx)
    local out, needed = program(ctx)
    return { DefaultInfo { files = { out }, executable = out, runfiles = needed } }
  end,
}

local cc_test = rule {
  doc = "A C or C++ program that is a test: it passes when it exits with 0.",
  test = true,
  config = { "mode" },
  attrs = attributes {
    args = attr.string_list { doc = "its arguments" },
    env = attr.environment { doc = "map of variables, or names from the caller's environment" },
    timeout = attr.int { default = 300, doc = "seconds" },
  },
  impl = function(ctx)
    local out, needed = program(ctx)
    local env, names = environment(ctx)
    -- what runs programs of another machine
    local run = ctx.toolchain.cc.run or {}
    if run.name and not run.program then
      ctx:fail(("there is no program '%s' to run tests of this toolchain with"):format(run.name),
        { hint = "install it, or correct 'run' of the toolchain in WORKSPACE.lua" })
    end
    return {
      DefaultInfo { files = { out }, executable = out, runfiles = needed },
      TestInfo { argv = { run.program or {}, run.args or {}, out, ctx.attr.args },
        data = { run.program or {} }, executable = out, env = env, env_inherit = names,
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
  config = { "mode" },
  attrs = attributes {},
  impl = function(ctx)
    local sources, private = split_sources(ctx)
    local about = context_of(ctx)
    local libs = libraries(ctx, has_cxx(ctx, sources))
    local objects = compile_all(ctx, sources, private, about)
    local extra
    if ctx.attr.linkstatic then
      absorb(ctx, libs)
    else
      libs, extra = dynamic_libraries(libs), ALL_NEEDED
    end
    local out = link_shared(ctx, ctx:declare_file("lib" .. ctx.name .. ".so"), objects, libs, extra)
    local shared = depset({ out }, { libs.shared }, "topological")
    return {
      DefaultInfo { files = { out }, runfiles = runfiles(ctx, libs.shared) },
      CcInfo {
        headers = about.headers, roots = about.roots, includes = about.includes,
        defines = about.defines, archives = depset(), whole = depset(), linkopts = depset(),
        own = depset(), dynamic = depset(), shared = shared, cxx = libs.cxx or nil,
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
