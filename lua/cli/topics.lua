--- `skylua help TOPIC`: the language in short pieces, for who has no browser at hand.
local M = {}

---@class Topic
---@field title string
---@field text string

---@type table<string, Topic>
local topics = {}

---@param name string
---@param title string
---@param text string
local function topic(name, title, text)
  topics[name] = { title = title, text = (text:gsub("%s+$", "")) .. "\n" }
end

topic("files", "the files of a workspace", [[
WORKSPACE.lua   marks the root; may be empty: workspace{}, repo.path{}, option{}, toolchain{}
BUILD.lua       one package per directory that has one: its targets
*.lua           libraries of rules and macros, reached by load "//dir/file.lua"
sky-out/        bin/PACKAGE/FILE, log/, state/; git-ignored, and can be removed at any time

`skylua init` writes the first ones from the files that it sees.]])

topic("labels", "how targets and files are called", [[
//pkg:name       the target or file `name` of the package in the directory `pkg`
//pkg            the same as //pkg:pkg, for //a/b: //a/b:b
:name            of this package; in srcs, "file.c" is a file of this package
@repo//pkg:name  of another repository, named in WORKSPACE.lua

On the command line also patterns: //... (all), //pkg/... (pkg and below), //pkg:all,
-//pkg/... (not these); and a path: the target that has the file.]])

topic("targets", "how targets are declared", [[
  cc_library { name = "greet", srcs = { "greet.c" }, hdrs = { "greet.h" } }
  cc_binary  { name = "hello", srcs = { "main.c", glob { "extra/*.c" } }, deps = { ":greet" } }

A call takes one table. Lists in lists are flattened, false is dropped, nil is an error. The call
returns the target, to be used in deps. Targets are private to their package, unless

  visibility = { "//visibility:public" }       -- or "//app", or "//app/..."
  package { default_visibility = { ... } }     -- for all of the file, before its first target]])

topic("glob", "files by pattern", [[
  srcs = glob { "*.c", "sub/**/*.c", exclude = { "*_test.c" } }

"*" stands for a part of a name, "**" for any number of directories. A glob does not go into
directories with a BUILD.lua of their own. Matching nothing is an error, unless it also says
allow_empty = true.]])

topic("select", "values that depend on the configuration", [[
  copts = select { ["//conf:debug"] = { "-g" }, ["os=linux"] = { "-DLINUX" }, default = {} }

The keys are labels of config_setting targets, "name=value" of options, or default. Options are
declared in WORKSPACE.lua and set by -D:

  option { name = "os", values = { "linux", "mac" }, default = "linux" }    -- -D os=mac]])

topic("rule", "rules of one's own", [[
  -- //tools/upper.lua
  local upper = rule {
    doc = "Writes its source in capitals.",
    attrs = { src = attr.label { allow_single_file = { ".txt" }, mandatory = true } },
    impl = function(ctx)
      local out = ctx:declare_file(ctx.name .. ".up.txt")
      ctx:run_shell { cmd = 'tr a-z A-Z < "$1" > "$2"', args = { ctx.file.src, out },
        inputs = { ctx.file.src }, outputs = { out } }
      return { DefaultInfo { files = { out } } }
    end,
  }
  return { upper = upper }

  -- //app/BUILD.lua
  local text = load "//tools/upper.lua"
  text.upper { name = "loud", src = "words.txt" }

See also: skylua help attr, skylua help ctx, skylua help provider.]])

topic("attr", "attributes of rules", [[
Kinds: attr.string int bool string_list string_dict label label_list label_dict output output_list

  default = value            when the target does not say
  mandatory = true           the target must say
  values = { "a", "b" }      what it may be
  allow_files = true         or { ".c", ".h" }: labels may name files
  allow_single_file = ...    the same, and just one: ctx.file.NAME
  providers = { MyInfo }     targets must provide this
  executable = true          the target is a program: ctx.executable.NAME
  cfg = "exec"               built for the machine that builds, for tools
  doc = "..."                what `skylua help RULE` says

Names that begin with "_" are private to the rule: their defaults are tools of its own.]])

topic("ctx", "what a rule's function is given", [[
ctx.name .label .package     the target; ctx.attr.X: its attributes
ctx.files.X .file.X          the files of a label attribute; ctx.executable.X: its program
ctx.config .toolchain.cc     mode and options; tools of this machine

ctx:declare_file(name)       an output; declare_directory(name): a directory of them
ctx:run { argv = { ... }, inputs = { ... }, outputs = { ... } }
                             tool + args instead of argv; env, tools, depfile, mnemonic, message,
                             timeout, network
ctx:run_shell { cmd = ... }  a command for /bin/sh -e; args are "$1", "$2", ...
ctx:write(file, text)        copy(from, to), symlink(target, file)
ctx:expand_template { template =, output =, substitutions = { ... } }
ctx:args()                   :add(...) :add_all(list or depset, { prefix = }) :param_file("@%s")
ctx:collect(deps, MyInfo)    one depset per field; collect(MyInfo): through all deps, any rule
ctx:read(file)               waits until it is built; its text
ctx:await(label or list)     waits for other targets; their providers
ctx:get(key)                 the value of a key of a node_function
ctx:glob_dir(dir, "*.c")     names in a directory that an action makes
ctx:fail(text, { attr = })   ctx:warn(text)]])

topic("provider", "what targets tell each other", [[
  local TextInfo = provider { doc = "...", fields = { text = "the file" } }

  return { DefaultInfo { files = { out } }, TextInfo { text = out } }     -- in a rule
  local text = dep[TextInfo].text                                          -- in another

Plain data only: strings, numbers, booleans, lists, maps, labels, files, depsets, providers.
DefaultInfo has files, executable, runfiles; TestInfo, of rules with test = true, has executable
or argv, args, env, data, timeout.

depset({ direct }, { others... } [, "postorder" | "preorder" | "topological"]) joins without
copying; :to_list() flattens.]])

topic("sandbox", "what BUILD.lua files cannot do", [[
A build must come out the same everywhere. So there is no os, io, require, debug, coroutine,
setmetatable, math.random; pairs goes in sorted order; libraries cannot be changed once they are
loaded, globals not be set. Each missing name says what to use instead. Time and memory of a file
are bounded.]])

topic("cache", "what was made before and is not made again", [[
Results of actions and of tests that ended well are kept for all workspaces of a user, in
$XDG_CACHE_HOME/skylua, else ~/.cache/skylua; --cache=DIR names another place, --cache=off none.
What is there is copied into sky-out instead of being made: after `skylua clean`, when a branch
or a flag goes back, in a second checkout. Such an action has the status "restored".

A result belongs to all that went into it: command, declared environment, tools, the content of
inputs, and of the headers that the command read. It is checked when it is used; what is damaged
is made again. At most SKYLUA_CACHE_SIZE (10G; K, M, G, T) is kept: what was used longest ago
goes. The directory may be removed at any time.]])

topic("exit-codes", "what skylua returns", [[
0    done                              36   the machine: disk full, no permission
1    an action, rule or BUILD.lua      37   a bug in skylua
     is in error                       128+n  ended by signal n; 130: Ctrl-C
2    wrong use of the command line
3    tests failed
4    there are no tests]])

M.names = { "files", "labels", "targets", "glob", "select", "rules", "rule", "attr", "ctx",
  "provider", "sandbox", "cache", "exit-codes" }

---@param name string
---@return string? text
function M.find(name)
  local found = topics[name]
  return found and ("%s: %s\n\n%s"):format(name, found.title, found.text)
end

return M
