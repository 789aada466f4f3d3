--- Every flag, in one table: the parser, --help and completion read it.
local M = {}

---@class Flag
---@field name string     long name, without dashes; what Options is keyed by (- becomes _)
---@field short? string   one letter
---@field arg? string     the argument's name in --help; without it the flag is a switch
---@field optional? boolean  the argument may be left out, and is only taken after "=" (a
---number also right behind the letter)
---@field values? string[]   what the argument may be
---@field number? integer    the argument is an integer, at least this
---@field many? boolean      may be repeated; the option is a list
---@field default? any
---@field help string

---@type Flag[]
M.list = {
  { name = "jobs", short = "j", arg = "N", number = 0,
    help = "run at most N commands at a time (default: one per core)" },
  { name = "keep-going", short = "k", arg = "N", optional = true, number = 1,
    help = "go on with what needs no failed action, until N have failed" },
  { name = "check-determinism",
    help = "run twice what must run, and compare what it makes" },
  { name = "runs", arg = "N", number = 1,
    help = "test: run each test N times, to find those that fail sometimes" },
  { name = "directory", short = "C", arg = "DIR", many = true,
    help = "start as if in DIR" },
  { name = "mode", short = "c", arg = "MODE", values = { "fastbuild", "debug", "release" },
    help = "build for fastbuild (the default), debug or release" },
  { name = "define", short = "D", arg = "name=value", many = true,
    help = "set an option that BUILD.lua files select on" },
  { name = "config", arg = "NAME", many = true,
    help = "take -c and -D from a config { ... } in WORKSPACE.lua" },
  { name = "verbose", short = "v", help = "say more: also where time and memory went" },
  { name = "quiet", short = "q", help = "say nothing but errors" },
  { name = "dry-run", short = "n", help = "say what would run, and why; run and write nothing" },
  { name = "show-commands", short = "s", help = "print each command line as it starts" },
  { name = "json", arg = "FILE", optional = true,
    help = "events as lines of JSON on standard output, or into FILE" },
  { name = "color", arg = "WHEN", values = { "auto", "always", "never" }, default = "auto",
    help = "colour: auto, always or never (NO_COLOR is honoured)" },
  { name = "progress", arg = "STYLE", values = { "auto", "rich", "plain", "none" },
    default = "auto", help = "a status line (rich), one line per action (plain), or none" },
  { name = "profile", arg = "FILE",
    help = "write where the time went, for chrome://tracing or Perfetto" },
  { name = "output", arg = "FORM", values = { "label", "location", "json", "dot" },
    help = "query and its short forms: how to print (default: label)" },
  { name = "since", arg = "REV", help = "affected: what git says has changed since REV" },
  { name = "tests", help = "affected: tests only" },
  { name = "svg", help = "graph: a picture, made by graphviz" },
  { name = "cache", arg = "DIR|off",
    help = "keep results of actions there, at most SKYLUA_CACHE_SIZE (10G)" },
  { name = "sandbox", arg = "WHEN", values = { "auto", "require", "off" }, default = "auto",
    help = "keep actions to the files they declare" },
  { name = "evaluators", arg = "N", number = 0,
    help = "threads that evaluate nodes; 0: all in one, in a fixed order" },
  { name = "trace", help = "eval: print each step of the evaluation" },
  { name = "help", short = "h", help = "show help" },
  { name = "version", help = "show the version" },
}

---@param name string
---@return Flag?
function M.by_name(name)
  for _, flag in ipairs(M.list) do
    if flag.name == name then return flag end
  end
end

---@param letter string
---@return Flag?
function M.by_short(letter)
  for _, flag in ipairs(M.list) do
    if flag.short == letter then return flag end
  end
end

---@return string[]  "--jobs", "-j", ...
function M.spellings()
  local names = {}
  for _, flag in ipairs(M.list) do
    names[#names + 1] = "--" .. flag.name
    if flag.short then names[#names + 1] = "-" .. flag.short end
  end
  return names
end

--- How the flag stands in --help.
---@param flag Flag
---@return string
function M.synopsis(flag)
  local long = "--" .. flag.name
  if flag.optional then
    long = long .. "[=" .. flag.arg .. "]"
  elseif flag.arg then
    long = long .. "=" .. flag.arg
  end
  if not flag.short then return "    " .. long end
  if flag.optional then return ("-%s[%s], %s"):format(flag.short, flag.arg, long) end
  return "-" .. flag.short .. (flag.arg and " " .. flag.arg or "") .. ", " .. long
end

return M
