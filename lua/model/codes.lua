--- What the errors of BUILD.lua files and of rules mean: `skylua help E0208` prints this.
---@type table<string, { title: string, text: string }>
local M = {}

local function code(name, title, text)
  M[name] = { title = title, text = text:gsub("%s+$", "") .. "\n" }
end

code("E0201", "an undefined name", [[
A BUILD.lua sees the shipped rules, Lua's pure functions and what it defines itself. Everything
else is loaded by name:

  local text = load "//tools/upper.lua"
  text.upper { name = "loud", src = "words.txt" }]])

code("E0202", "a name of Lua that is not available", [[
Builds must come out the same everywhere, so files cannot look at the clock, the environment or
the disk by themselves. Instead of io, list a file as an input; instead of os.getenv, use env of
genrule or an option (-D name=value); instead of require, use load "//dir/file.lua".]])

code("E0203", "assignment to a global", [[
Variables are local, and files share what they return:

  local version = "1.0"

A library ends with `return { ... }`.]])

code("E0204", "a syntax error", [[
The file is not Lua. Often a comma is missing at the end of the line above:

  cc_library {
    name = "lib",        -- without this comma the next line is in error
    srcs = { "a.c" },
  }]])

code("E0205", "two targets of one name", [[
The names of a package are unique, because //package:name must mean one thing. Rename one of the
two; the message shows where the first one stands.]])

code("E0206", "a target without a usable name", [[
Every target has a name, a string, and it is what labels refer to:

  cc_library { name = "greet", srcs = { "greet.c" } }

A name is like a path: no "..", no ":", no blank at its ends.]])

code("E0207", "a mandatory attribute is missing", [[
The rule cannot do without this attribute. The help line says what it is for.]])

code("E0208", "an unknown attribute", [[
The rule has no attribute of this name; a misspelt one is never ignored.

  cc_binary { name = "hello", scrs = { "main.c" } }    -- srcs

`skylua help` and the file of the rule show what there is.]])

code("E0209", "an attribute of the wrong type", [[
The message says what the attribute wants and what it was given. Lists stay lists even of one:

  srcs = { "main.c" }      -- not srcs = "main.c"]])

code("E0210", "a value that is not allowed", [[
The attribute takes only certain values; the help line names them.]])

code("E0211", "a nil in a list", [[
A variable or field that was never set leaves a hole, and Lua would silently lose what follows:

  srcs = { "a.c", files.extar, "b.c" }     -- extra

To leave an element out on purpose, write false: { "a.c", debug and "debug.c" }.]])

code("E0212", "not a label", [[
Labels are //package:target, //package (for //package:package's last part), :target for one of
the same package, @repo//package:target. In srcs, "file.c" is a file of this package. Patterns
such as "*.c" go into glob { "*.c" }.]])

code("E0213", "an unknown target", [[
The package is there, but neither a target, an output nor a file of it has this name.]])

code("E0214", "an unknown package", [[
A package is a directory with a BUILD.lua. Either the directory's name is misspelt, or its
BUILD.lua is still to be written.]])

code("E0215", "a missing source file", [[
No such file is in the package, and no target of the package makes it. Names are relative to the
directory of the BUILD.lua.]])

code("E0216", "a glob that matches nothing", [[
An empty glob is nearly always a mistake. When nothing is fine, say so:

  srcs = glob { "extra/*.c", allow_empty = true }

A glob does not go into directories that are packages of their own.]])

code("E0217", "a bad glob pattern", [[
Patterns are relative to the package: "*.c", "src/**", "test/*_test.c"; "**" stands alone between
slashes and means any number of directories. What to leave out stands in exclude = { ... }.]])

code("E0218", "a target that is not visible", [[
Targets are private to their package unless they say who may use them:

  cc_library { name = "greet", visibility = { "//app" } }            -- one package
  cc_library { name = "greet", visibility = { "//app/..." } }        -- and all below
  cc_library { name = "greet", visibility = { "//visibility:public" } }
  package { default_visibility = { ... } }                           -- first in the file

Source files are made visible by export_files { "file.txt" }.]])

code("E0219", "a dependency of the wrong kind", [[
The attribute needs targets that provide something, for example deps of cc_binary needs C
libraries (CcInfo). Put files and other targets into srcs or data.]])

code("E0220", "a file that does not fit", [[
The attribute takes only files with certain extensions, just one file, or no files at all.]])

code("E0221", "one output made twice", [[
An output belongs to one target and one action. Give the outputs different names, or let one
target make the file and the other depend on it.]])

code("E0222", "a library that cannot be loaded", [[
load wants the label of a file that ends with .lua: "//dir/file.lua", ":file.lua" for one of this
package, "@repo//dir/file.lua".]])

code("E0223", "a library does not return this", [[
A library gives others what it returns:

  return { upper = upper, UpperInfo = UpperInfo }]])

code("E0224", "a change of something that is frozen", [[
Loaded libraries, values of other targets and the objects that rules get cannot be changed. Copy
what you want to change: local flags = { table.unpack(conf.flags) }.]])

code("E0225", "an error in Lua code", [[
The code of a BUILD.lua, macro or rule failed. The first line is where; "called from" shows how it
got there, up to the BUILD.lua.]])

code("E0226", "a wrong definition of a rule", [[
A rule looks like this:

  local upper = rule {
    doc = "what it does",
    attrs = { src = attr.label { allow_single_file = true, mandatory = true } },
    impl = function(ctx)
      local out = ctx:declare_file(ctx.name .. ".txt")
      ctx:run { argv = { "tool", ctx.file.src, out }, inputs = { ctx.file.src }, outputs = { out } }
      return { DefaultInfo { files = { out } } }
    end,
  }]])

code("E0227", "a wrong use of a provider", [[
Providers have the fields that provider { fields = { ... } } names, and hold plain data: strings,
numbers, booleans, lists, maps, labels, files, depsets, other providers. Functions are not data.]])

code("E0228", "a wrong action", [[
ctx:run takes one table:

  ctx:run {
    argv = { "tool", ctx.file.src, "-o", out },   -- or tool = ..., args = ...
    inputs = { ctx.file.src }, outputs = { out },
    mnemonic = "Tool", message = "Making " .. out.path,
  }]])

code("E0229", "an output that no action makes", [[
Every file that a rule declares with ctx:declare_file must be among the outputs of one ctx:run,
ctx:write, ctx:copy, ctx:symlink or ctx:expand_template.]])

code("E0230", "a rule refuses a target", [[
The rule found something wrong with the attributes of the target and said so (ctx:fail).]])

code("E0231", "a select without a fitting case", [[
select chooses by configuration: its keys are labels of config_setting targets, "name=value" of
options, or default, which fits always:

  copts = select { ["//conf:debug"] = { "-g" }, default = { "-O2" } }]])

code("E0232", "a select with two fitting cases", [[
When several cases fit, the one whose config_setting has more values wins; here there is no such
one.]])

code("E0233", "an unknown option", [[
Options are declared in WORKSPACE.lua, and set with -D name=value:

  option { name = "os", values = { "linux", "mac" }, default = "linux" }]])

code("E0234", "a call in the wrong place", [[
Targets are declared while a BUILD.lua runs, rules and providers while their file is loaded, and
package { ... } stands before the first target.]])

code("E0235", "a file that runs too long", [[
The code of one file, or of a rule for one target, took too many steps: usually an endless loop.
Work that takes time belongs into an action.]])

code("E0236", "a file that takes too much memory", [[
The code of one file, or of a rule for one target, made too much data. Big data belongs into files
that actions read and write.]])

code("E0237", "a file of another package", [[
A directory with a BUILD.lua is a package of its own, so that each file belongs to one package.
Name the file by its label, "//dir/sub:file", and let that package export it.]])

code("E0238", "a wrong call", [[
A function was called with something that it does not take; the message says what it wants.]])

code("E0239", "a rule returned something wrong", [[
impl returns a list of providers, or nothing:

  return { DefaultInfo { files = { out } }, MyInfo { text = out } }

and all providers that the rule promises in `provides`.]])

code("E0240", "a mistake in WORKSPACE.lua", [[
WORKSPACE.lua marks the root, and may stay empty. It can have workspace { name = ... },
option { name = ..., values = ..., default = ... }, toolchain { name = "cc", cc = ... },
pool { name = ..., depth = ... } and repo.path { name = ..., path = ... }.]])

code("E0241", "an unknown repository", [[
"@name//..." refers to a repository that WORKSPACE.lua names:

  repo.path { name = "rules_x", path = "third_party/rules_x" }]])

code("E0242", "not a test", [[
Only targets of test rules can be tested: cc_test, sh_test, lua_test, or a rule with test = true
that returns TestInfo.]])

code("E0243", "a toolchain that cannot be found", [[
A compiler or interpreter is not in the PATH. Install it, or say where it is: by CC, CXX and AR in
the environment, or in WORKSPACE.lua: toolchain { name = "cc", cc = "/opt/gcc/bin/gcc" }.]])

code("E0249", "an unknown pool", [[
Actions of one pool run no more than so many at a time. Pools are declared in WORKSPACE.lua:

  pool { name = "link", depth = 2 }

and named by rules: ctx:run { pool = "link", ... } or genrule { pool = "link", ... }. The pool
"console" is always there: one action at a time, which has the terminal.]])

code("E0244", "a library changed after it was loaded", [[
Files are loaded in no particular order, and several at a time; a counter or a list that functions
of a library change would make the result depend on that. Keep such variables inside of
functions.]])

code("E0246", "a directory where a file is wanted", [[
Attributes take files. All files below a directory are glob { "dir/**" }.]])

code("E0248", "a pattern that stands for nothing", [[
Patterns are //..., //dir/... and //dir:all; a part of them does not exist.]])

return M
