local function make(name)
  filegroup { name = name }
end
