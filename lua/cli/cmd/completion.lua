--- `skylua completion`: what makes a shell complete commands, flags and targets.
local commands = require "cli.commands"
local flags = require "cli.flags"
local suggest = require "util.suggest"

local M = {
  usage = "completion SHELL",
  summary = "print completion for bash, zsh or fish",
  details = "bash: source <(skylua completion bash)\n"
    .. "zsh:  skylua completion zsh > a directory of $fpath/_skylua\n"
    .. "fish: skylua completion fish > ~/.config/fish/completions/skylua.fish\n",
  examples = { "skylua completion bash" },
}

local BASH = [==[
# bash completion of skylua
_skylua() {
  local cur=${COMP_WORDS[COMP_CWORD]} command= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]}; break ;; esac
  done
  case $cur in
  --*=*) COMPREPLY=() ;;
  -[!/:]*|-) COMPREPLY=($(compgen -W "@FLAGS@" -- "$cur")) ;;
  *)
    if [ -z "$command" ]; then
      COMPREPLY=($(compgen -W "@COMMANDS@" -- "$cur"))
    elif [ "$command" = help ]; then
      COMPREPLY=($(compgen -W "@COMMANDS@" -- "$cur"))
    else
      COMPREPLY=($(compgen -W "$(skylua targets //... 2>/dev/null)" -- "$cur")
        $(compgen -f -- "$cur"))
    fi ;;
  esac
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//:}
complete -o filenames -o nospace -F _skylua skylua 2>/dev/null || complete -F _skylua skylua
]==]

local ZSH = [==[
#compdef skylua
# zsh completion of skylua
_skylua() {
  local -a commands flags
  commands=(
@COMMANDS@  )
  flags=(
@FLAGS@  )
  if [[ $words[CURRENT] == -[^/:]* || $words[CURRENT] == - ]]; then
    _describe -o 'flag' flags
  elif (( CURRENT == 2 )); then
    _describe 'command' commands
  else
    compadd -- ${(f)"$(skylua targets //... 2>/dev/null)"}
    _files
  fi
}
if [ "$funcstack[1]" = "_skylua" ]; then _skylua "$@"; else compdef _skylua skylua; fi
]==]

---@param text string
---@return string
local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

---@param template string
---@param flag_text string
---@param command_text string
---@return string
local function fill(template, flag_text, command_text)
  local values = { FLAGS = flag_text, COMMANDS = command_text }
  return (template:gsub("@(%u+)@", function(name) return values[name] end))
end

local scripts = {}

function scripts.bash()
  return fill(BASH, table.concat(flags.spellings(), " "), table.concat(commands.names, " "))
end

function scripts.zsh()
  local rows, names = {}, {}
  for _, flag in ipairs(flags.list) do
    local help = flag.help:gsub(":", "\\:")
    rows[#rows + 1] = ("    %s\n"):format(quoted(("--%s:%s"):format(flag.name, help)))
  end
  for _, name in ipairs(commands.names) do
    local summary = commands.find(name).summary:gsub(":", "\\:")
    names[#names + 1] = ("    %s\n"):format(quoted(name .. ":" .. summary))
  end
  return fill(ZSH, table.concat(rows), table.concat(names))
end

function scripts.fish()
  local lines = { "# fish completion of skylua", "complete -c skylua -f" }
  for _, name in ipairs(commands.names) do
    lines[#lines + 1] = ("complete -c skylua -n __fish_use_subcommand -a %s -d %s"):format(name,
      quoted(commands.find(name).summary))
  end
  for _, flag in ipairs(flags.list) do
    local values = flag.values and " -x -a " .. quoted(table.concat(flag.values, " "))
      or flag.arg and not flag.optional and " -r" or ""
    lines[#lines + 1] = ("complete -c skylua -l %s%s%s -d %s"):format(flag.name,
      flag.short and " -s " .. flag.short or "", values, quoted(flag.help))
  end
  lines[#lines + 1] = "complete -c skylua -n 'not __fish_use_subcommand' -F "
    .. "-a '(skylua targets //... 2>/dev/null)'"
  return table.concat(lines, "\n") .. "\n"
end

local SHELLS = { "bash", "zsh", "fish" }

---@param options Options
---@return integer? exit
---@return UsageError?
function M.run(options)
  local shell = options.targets[1]
  if not scripts[shell or ""] or options.targets[2] then
    return nil, {
      message = shell and ("there is no completion for '%s'"):format(shell)
        or "completion wants the name of a shell",
      hint = shell and suggest.hint(shell, SHELLS) or "one of: bash, zsh, fish",
    }
  end
  io.stdout:write(scripts[shell]())
  return 0
end

return M
