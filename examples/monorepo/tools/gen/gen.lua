--- gen FILE c|python: the messages of the protocol, for one of its languages.
local spec = require "tools.gen.spec"

local path, language = ...
local file = assert(io.open(path))
local messages = spec.parse(file:read("a"))
file:close()
for _, message in ipairs(messages) do
  if language == "c" then
    print(("#define WIRE_%s %d"):format(message.name:upper(), message.number))
  else
    print(("%s = %d"):format(message.name.upper(message.name), message.number))
  end
end
