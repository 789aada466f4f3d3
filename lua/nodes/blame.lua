--- Gives an error the place of a target in its BUILD.lua. Line numbers are asked for only here,
--- when something failed, so that otherwise no rule depends on them.
local core = require "core"
local label = require "model.label"
local place = require "util.place"
local repos = require "load.repos"

local M = {}

local function read(env, file)
  if file:sub(1, 6) == "@sky//" then
    return nil
  end
  local path = repos.path(env, file)
  local look = path and env:get(core.key("FILE", path))
  return look and look.kind == "file" and core.read(path, look.digest) or nil
end

-- The frames of the target's declaration, innermost first.
local function frames_of(pkg, record)
  local frames = {}
  for _, call in ipairs(record.chain or {}) do
    local file, line = call:match("^(.*):(%d+)$")
    frames[#frames + 1] = { file = file, line = tonumber(line) }
  end
  frames[#frames + 1] = { file = label.build_file(pkg), line = record.line }
  return frames
end

-- The innermost frame whose text has what is looked for; else the BUILD.lua.
local function choose(env, frames, find)
  for i, frame in ipairs(frames) do
    local text = read(env, frame.file)
    if text and (i == #frames or find and place.has(text, frame.line, find)) then
      return i, text
    end
  end
  return #frames
end

local function add_chain(e, frames, from)
  local chain = {}
  for _, call in ipairs(e.chain or {}) do
    chain[#chain + 1] = call
  end
  for i = from, #frames do
    chain[#chain + 1] = frames[i].file .. ":" .. frames[i].line
  end
  e.chain = #chain > 0 and chain or nil
end

local function record_of(env, text)
  local pkg, name = label.split(text)
  local package = env:get(core.key("PACKAGE", pkg))
  return pkg, package.targets[name]
end

--- Fills place and label of `e` from the declaration of target `text`.
---@param env table
---@param text string label
---@param e Err
---@param find? Find
---@return Err e
function M.fill(env, text, e, find)
  local pkg, record = record_of(env, text)
  e.label = text
  if not record then
    return e
  end
  local frames = frames_of(pkg, record)
  local at, source = choose(env, frames, find)
  e.file, e.line = place.file(frames[at].file), frames[at].line
  if source then
    find = find or { call = record.rule.name }
    find.call = find.call or record.rule.name
    place.point(e, source, frames[at].line, find)
  end
  add_chain(e, frames, at + 1)
  return e
end

--- Adds the declaration of target `text` to an error that has a place already.
---@param env table
---@param text string label
---@param e Err
---@return Err e
function M.extend(env, text, e)
  local pkg, record = record_of(env, text)
  e.label = e.label or text
  if record then
    add_chain(e, frames_of(pkg, record), 1)
  end
  return e
end

return M
