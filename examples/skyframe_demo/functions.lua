--- The four node functions of the demo. Nothing is read: a file's content is made up.
local sky = require "skylua"

local ROOT = "/workspace/"

--- The artifacts behind a nested set; a set is known by its number alone.
local SETS = {
  [2] = { "hello.py", "lib.py" },
  [9] = { "hello.py", "hello.py" },
}

local file_state, file, artifact = sky.fn "FILE_STATE", sky.fn "FILE", sky.fn "ARTIFACT"

local F = {}

F.FILE_STATE = function(_, path)
  return { type = "FileStateValue", path = path, content = ("bytes(%s)"):format(path) }
end

--- A file needs its directory, if it is in one, and its state: both are asked for before
-- the function looks at either, so it is called twice and not three times.
F.FILE = function(env, path)
  local directory = path:match("^(.*/)[^/]+$")
  if directory then env:try(file(directory)) end
  local state = env:try(file_state(path))
  if env:values_missing() then return nil end
  return { type = "FileValue", path = path, content = state.content }
end

F.ARTIFACT = function(env, name)
  local value = env:try(file(ROOT .. name))
  return value and { type = "ArtifactValue", path = name, content = value.content }
end

F.ARTIFACT_NESTED_SET = function(env, number)
  local artifacts = {}
  for i, name in ipairs(SETS[number]) do artifacts[i] = env:try(artifact(name)) or false end
  if env:values_missing() then return nil end
  return { type = "ArtifactNestedSetValue", artifacts = artifacts }
end

return F
