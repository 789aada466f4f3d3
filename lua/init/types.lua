--- Types for editors (lua-language-server): the language, and the rules as they are right now.
local offline = require "load.offline"
local sorted = require "util.sorted"

local M = {}

--- What marks a file as ours: such a file may be written anew.
M.MARK = "-- Written by `skylua init`; it is written anew each time."

local LANGUAGE = "---@meta\n" .. M.MARK .. [[


---@class sky.Target  what the call of a rule returns
---@field name string
---@field package string
---@field label any

---@class sky.Select

---@alias sky.String string|sky.Select
---@alias sky.Strings (string|boolean|table)[]|sky.Select
---@alias sky.Label string|sky.Target|sky.Select
---@alias sky.Labels (string|boolean|sky.Target|table)[]|sky.Select

---@class sky.File
---@field path string
---@field basename string
---@field dirname string
---@field extension string
---@field stem string
---@field short_path string
---@field is_source boolean
---@field is_directory boolean

---@class sky.Depset
local Depset = {}
---@return any[]
function Depset:to_list() end

---@class sky.Args
local Args = {}
---@return sky.Args
function Args:add(...) end
---@param items any[]|sky.Depset
---@param options? { prefix?: string, format?: string, join?: string, omit_if_empty?: boolean }
---@return sky.Args
function Args:add_all(items, options) end
---@param format? string  "@%s"
---@param options? { always?: boolean }
---@return sky.Args
function Args:param_file(format, options) end

---@class sky.Run
---@field argv? any           the command: words, files, args
---@field tool? any           instead of argv, with args
---@field args? any
---@field inputs? any
---@field outputs sky.File[]
---@field tools? any
---@field may_read? any       with depfile: what the command may read
---@field depfile? sky.File
---@field env? table<string, any>
---@field env_inherit? string[]
---@field mnemonic? string
---@field message? string
---@field pool? string
---@field timeout? integer
---@field network? boolean
---@field execution? table

---@class sky.Shell: sky.Run
---@field cmd string

---@class sky.Ctx  what a rule's function is given
---@field name string
---@field label any
---@field package string
---@field attr table<string, any>
---@field files table<string, sky.File[]>
---@field file table<string, sky.File>
---@field executable table<string, sky.File>
---@field config { mode: string, options: table<string, string> }
---@field toolchain table<string, any>
---@field package_dir string
---@field bin_dir string
---@field out_dir string
local Ctx = {}
---@param name string
---@return sky.File
function Ctx:declare_file(name) end
---@param name string
---@return sky.File
function Ctx:declare_directory(name) end
---@param spec sky.Run
---@return sky.File ...
function Ctx:run(spec) end
---@param spec sky.Shell
---@return sky.File ...
function Ctx:run_shell(spec) end
---@param out sky.File|string
---@param text string|string[]
---@param options? { executable?: boolean }
---@return sky.File
function Ctx:write(out, text, options) end
---@param from sky.File
---@param out sky.File|string
---@return sky.File
function Ctx:copy(from, out) end
---@param target sky.File
---@param out sky.File|string
---@return sky.File
function Ctx:symlink(target, out) end
---@param spec { template: sky.File, output: sky.File|string, substitutions: table<string, string> }
---@return sky.File
function Ctx:expand_template(spec) end
---@return sky.Args
function Ctx:args() end
---@param deps any    targets and a provider; or just a provider, for all that deps lead to
---@param provider? any
---@param order? "postorder"|"preorder"|"topological"
---@return table<string, sky.Depset>
function Ctx:collect(deps, provider, order) end
---@param dir sky.File
---@param pattern? string
---@return string[]
function Ctx:glob_dir(dir, pattern) end
---@param message string
---@param options? { attr?: string, value?: string, hint?: string }
function Ctx:fail(message, options) end
---@param message string
function Ctx:warn(message) end
---@param file sky.File
---@return string
function Ctx:read(file) end
---@param label any  a label, or a list of them
---@return any
function Ctx:await(label) end
---@param key any  a key, or a list of them
---@return any
function Ctx:get(key) end

---@class sky.Attr
---@field default? any
---@field mandatory? boolean
---@field values? any[]
---@field allow_files? boolean|string[]
---@field allow_single_file? boolean|string[]
---@field providers? any[]
---@field cfg? "target"|"exec"
---@field executable? boolean
---@field doc? string

attr = {}
]]

local KINDS = { "string", "int", "bool", "string_list", "string_dict", "label", "label_list",
  "label_dict", "output", "output_list" }

local FUNCTIONS = [[

---@param spec { doc?: string, attrs?: table, provides?: any[], outputs?: string[], test?: boolean,
---  executable?: boolean, impl: fun(ctx: sky.Ctx): any }
---@return fun(spec: table): sky.Target
function rule(spec) end

---@param spec { doc?: string, fields?: table }
---@return fun(fields: table): any
function provider(spec) end

---@param direct? any[]
---@param transitive? sky.Depset[]
---@param order? "postorder"|"preorder"|"topological"
---@return sky.Depset
function depset(direct, transitive, order) end

---@param fields table
---@return any
function struct(fields) end

---@param patterns string[]|{ exclude?: string[], allow_empty?: boolean }
---@return string[]
function glob(patterns) end

---@param cases table<string, any>
---@return sky.Select
---@overload fun(n: integer|"#", ...): ...
function select(cases) end

---@param spec { default_visibility: string[] }
function package(spec) end

---@param files string[]|{ visibility?: string[] }
function export_files(files) end

---@param name string
---@param fn fun(ctx: any, argument: any): any
---@return fun(argument: any): any key
function node_function(name, fn) end

---@param fields { files?: any, executable?: sky.File, runfiles?: any }
---@return any
function DefaultInfo(fields) end

---@param fields table
---@return any
function TestInfo(fields) end

---@param spec { name?: string, doc?: string }
function workspace(spec) end

---@param spec { name: string, values?: string[], default?: any, doc?: string }
function option(spec) end

---@param spec table
function toolchain(spec) end

repo = {}
---@param spec { name: string, path: string, doc?: string }
function repo.path(spec) end
]]

local TYPES = { string = "sky.String", int = "integer|sky.Select", bool = "boolean|sky.Select",
  string_list = "sky.Strings", string_dict = "table<string, string>|sky.Select",
  label = "sky.Label", label_list = "sky.Labels", label_dict = "table<string, sky.Label>",
  output = "string", output_list = "string[]", command = "sky.String|sky.Strings",
  environment = "table" }

---@return string
local function language()
  local out = { LANGUAGE }
  for _, kind in ipairs(KINDS) do
    out[#out + 1] = ("---@param options? sky.Attr\n---@return any\nfunction attr.%s(options) end\n")
      :format(kind)
  end
  return table.concat(out) .. FUNCTIONS
end

---@param a AttrDef
---@return string
local function type_of(a)
  if a.kind ~= "string" or not a.values then return TYPES[a.kind] or "any" end
  local words = {}
  for i, v in ipairs(a.values) do words[i] = ("%q"):format(v) end
  return table.concat(words, "|") .. "|sky.Select"
end

---@param out string[]
---@param class string
---@param def RuleDef
local function add_class(out, class, def)
  out[#out + 1] = ("---@class %s"):format(class)
  out[#out + 1] = "---@field name string"
  for name, a in sorted.pairs(def.settable) do
    out[#out + 1] = ("---@field %s%s %s  %s"):format(name, a.mandatory and "" or "?", type_of(a),
      (a.doc or ""):gsub("%s+", " ")):gsub("%s+$", "")
  end
  out[#out + 1] = "---@field visibility? string[]\n"
end

---@param out string[]
---@param owner string  "" for those that are global
---@param rule { name: string, def: RuleDef }
local function add_rule(out, owner, rule)
  local class = "sky." .. (owner == "" and "rules." or owner .. ".") .. rule.name
  add_class(out, class, rule.def)
  if rule.def.doc then out[#out + 1] = "---" .. rule.def.doc:gsub("%s+", " ") end
  out[#out + 1] = ("---@param spec %s\n---@return sky.Target\nfunction %s%s(spec) end\n"):format(
    class, owner == "" and "" or owner .. ".", rule.name)
end

-- "//tools/upper.lua" -> "lib_tools_upper"
local function variable_of(module)
  return "lib_" .. module:gsub("^@?sky//", "sky_"):gsub("^//", ""):gsub("%.lua$", "")
    :gsub("[^%w_]", "_")
end

--- The rules of these libraries, and `load` that knows what each returns.
---@param libraries Offered[]
---@return string
local function rules(libraries)
  local out, loads = { "---@meta\n" .. M.MARK .. "\n" }, {}
  for _, library in ipairs(libraries) do
    local global = #library.rules > 0 and library.module:find("^@sky//")
      and offline.in_prelude(library.rules[1].name)
    local owner = global and "" or variable_of(library.module)
    if not global then
      out[#out + 1] = ("---@class %s\nlocal %s = {}\n"):format(owner, owner)
      loads[#loads + 1] = ("---@overload fun(label: %q): %s"):format(library.module, owner)
      for _, name in ipairs(library.others) do
        out[#out + 1] = ("---@type any\n%s.%s = nil\n"):format(owner, name)
      end
    end
    for _, rule in ipairs(library.rules) do add_rule(out, owner, rule) end
  end
  out[#out + 1] = "---@param label string  of a Lua file: \"//tools/x.lua\"\n---@return any ..."
  out[#out + 1] = table.concat(loads, "\n")
  out[#out + 1] = "function load(label, ...) end"
  return table.concat(out, "\n") .. "\n"
end

-- Libraries of the workspace with rules in them; one that is in error is left out.
local function own_libraries(files)
  local out = {}
  for _, file in ipairs(files) do
    local ok, offered = pcall(offline.offered, "//" .. file)
    if ok and #offered.rules > 0 then out[#out + 1] = offered end
  end
  return out
end

--- The files that tell editors of the language and the rules.
---@param files string[]  Lua files of the workspace that may be libraries of rules
---@return { path: string, text: string }[]
function M.files(files)
  local libraries = offline.shipped()
  for _, offered in ipairs(own_libraries(files)) do libraries[#libraries + 1] = offered end
  return {
    { path = ".skylua/meta/skylua.d.lua", text = language() },
    { path = ".skylua/meta/rules.d.lua", text = rules(libraries) },
  }
end

return M
