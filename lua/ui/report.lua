--- Errors as text: headline, place, the source line with a caret, the chain of
-- calls, cycles, advice. The only file that puts errors into words for people.
local M = {}

---@class Error  the fields of src/eval/errval.h
---@field code? string
---@field message string
---@field hint? string
---@field file? string     relative to the workspace
---@field line? integer
---@field column? integer
---@field length? integer  how much the caret underlines; else the word there
---@field source? string   the text of the line
---@field chain? string[]  "file:line" of the calls that led there, innermost first
---@field key? string
---@field label? string
---@field cycle? string[]
---@field path? string[]
---@field cause? Error
---@field transient? boolean

---@alias Paint fun(name: string, text: string): string

---@type Paint
local function plain(_, text) return text end

--- "app/BUILD.lua" stands as "//app/BUILD.lua"; absolute paths and labels as they are.
---@param path string
---@return string
local function shown(path)
  return path:find("^[/@]") and path or "//" .. path
end

--- How many columns the word at `column` takes.
---@param source string
---@param column integer
---@return integer
local function token_width(source, column)
  local rest = source:sub(column)
  local quote = rest:match("^[\"']")
  local word = quote and rest:match("^" .. quote .. "[^" .. quote .. "]*" .. quote)
    or rest:match("^[%w_]+") or rest:match("^[^%w_%s]") or " "
  return utf8.len(word) or #word
end

--- As wide as the source up to `column`; tabs stay, so that the caret stays below.
---@param source string
---@param column integer
---@return string
local function indent(source, column)
  local before = source:sub(1, column - 1)
  return (before:gsub("[\128-\191]", ""):gsub("[^\t]", " "))
end

---@param out string[]
---@param err Error
---@param paint Paint
local function add_source(out, err, paint)
  if not (err.source and err.line) then return end
  local number = tostring(err.line)
  local gutter = paint("blue", (" "):rep(#number + 2) .. "|")
  out[#out + 1] = gutter
  local head = paint("blue", " " .. number .. " |")
  out[#out + 1] = head .. " " .. err.source:gsub("%s+$", "")
  if err.column and err.column > 0 and err.column <= #err.source + 1 then
    local width = err.length or token_width(err.source, err.column)
    out[#out + 1] = gutter .. " " .. indent(err.source, err.column)
      .. paint("red", ("^"):rep(math.max(1, width)))
  end
end

--- "CONFIGURED_TARGET:["//a:x",""]" stands as "//a:x"; a key without a label as it is.
---@param key Key|string
---@return string
local function key_words(key)
  key = tostring(key)
  return key:match("^MODULE:(.*)$") or key:match('^[%u_]+:[%[{]"?([^",%]}]*//[^",%]}]*)') or key
end

--- The keys of a cycle, each once: neighbours that speak of one label are one step.
---@param cycle (Key|string)[]
---@return string[]
local function steps(cycle)
  local list = {}
  for _, key in ipairs(cycle) do
    local words = key_words(key)
    if list[#list] ~= words then list[#list + 1] = words end
  end
  if #list > 0 and (#list == 1 or list[#list] ~= list[1]) then list[#list + 1] = list[1] end
  return list
end

---@param out string[]
---@param err Error
---@param paint Paint
local function add_cycle(out, err, paint)
  for i, words in ipairs(steps(err.cycle or {})) do
    out[#out + 1] = (i == 1 and "    " or "    " .. paint("blue", "-> ")) .. words
  end
end

---@param out string[]
---@param err Error
---@param paint Paint
local function add(out, err, paint)
  local message = err.message or "(no message)"
  -- its targets and files follow, one to a line
  if err.cycle and message:find("//", 1, true) then
    message = message:gsub("^([%a ]*cycle): .*$", "%1")
  end
  local head = err.code and ("error[%s]:"):format(err.code) or "error:"
  out[#out + 1] = paint("red", head) .. " " .. paint("bold", message)
  if err.file then
    local place = shown(err.file)
    if err.line then place = place .. ":" .. err.line end
    if err.line and err.column then place = place .. ":" .. err.column end
    out[#out + 1] = paint("blue", "  -->") .. " " .. place
  end
  add_source(out, err, paint)
  for _, call in ipairs(err.chain or {}) do
    out[#out + 1] = "  called from " .. shown(call)
  end
  add_cycle(out, err, paint)
  if err.hint then
    out[#out + 1] = paint("cyan", "  help:") .. " " .. err.hint:gsub("\n", "\n        ")
  end
  if err.cause then
    out[#out + 1] = "because of:"
    add(out, err.cause, paint)
  end
end

--- An error and what caused it, each line ended.
---@param err Error
---@param paint? Paint
---@return string
function M.render(err, paint)
  local out = {}
  add(out, err, paint or plain)
  return table.concat(out, "\n") .. "\n"
end

--- The error at the bottom of the chain of causes.
---@param err Error
---@return Error
function M.root(err)
  while err.cause do err = err.cause end
  return err
end

--- What makes two errors the same trouble.
---@param err Error
---@return string
function M.identity(err)
  local root = M.root(err)
  return table.concat({ root.code or "", root.message or "", root.file or "",
    tostring(root.line), tostring(root.column) }, "\0")
end

---@class Failure
---@field label string
---@field error Error
---@field wrong_use? boolean  the words of the command line are wrong, not the workspace
---@field because? boolean    it is another target's error
---@field given_up? boolean   it was not tried, since too much had failed (--keep-going=N)

---@class Group
---@field error Error       the first that was met
---@field labels string[]   who failed because of it

--- One group for each root cause, in the order they were met.
---@param failures Failure[]
---@return Group[]
function M.groups(failures)
  local groups, by_identity = {}, {}
  for _, failure in ipairs(failures) do
    local id = M.identity(failure.error)
    local group = by_identity[id]
    if not group then
      group = { error = failure.error, labels = {} }
      by_identity[id], groups[#groups + 1] = group, group
    end
    table.insert(group.labels, failure.label)
  end
  return groups
end

--- A group's error, and in one line who else failed because of it.
---@param group Group
---@param paint? Paint
---@return string
function M.render_group(group, paint)
  local text = M.render(group.error, paint)
  local others = #group.labels - 1
  if others == 0 then return text end
  return text .. ("  and %d more %s because of it: %s%s\n"):format(others,
    others == 1 and "target failed" or "targets failed",
    table.concat(group.labels, ", ", 2, math.min(others + 1, 6)), others > 5 and ", ..." or "")
end

return M
