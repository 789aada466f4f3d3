--- genrule: run a command, get files.
local environment = load("@sky//environment.lua").environment

local function quote(word)
  if word:find("^[%w_%-%+%./=:,@%%]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function words(files)
  local out = {}
  for i, file in ipairs(files) do
    -- no command shall take a file's name for an option
    out[i] = quote(file.path:sub(1, 1) == "-" and "./" .. file.path or file.path)
  end
  return table.concat(out, " ")
end

--- The label that `text` means in this package.
local function canonical(ctx, text)
  if text:find("^//") or text:find("^@") then
    if text:find(":", 1, true) then
      return text
    end
    return text .. ":" .. text:match("[^/]*$")
  end
  return tostring(ctx.label):match("^(.*):") .. ":" .. text:gsub("^:", "")
end

--- label -> list of files, of everything that $(location) may name.
local function locations(ctx, outs)
  local map = {}
  for _, targets in ipairs { ctx.attr.srcs, ctx.attr.tools, ctx.attr.data } do
    for _, target in ipairs(targets) do
      local exe = target.executable
      map[tostring(target.label)] = exe and { exe } or target.files:to_list()
    end
  end
  for _, out in ipairs(outs) do
    map[canonical(ctx, out.path:sub(#ctx.out_dir + 2))] = { out }
  end
  return map
end

--- "./x" for a file of the root, so that it can be run as a command.
local function runnable(file)
  return file.path:find("/", 1, true) and quote(file.path) or "./" .. quote(file.path)
end

local function expand_location(ctx, map, text, many)
  local files = map[canonical(ctx, text)]
  if not files then
    ctx:fail(("$(location %s): it is not among srcs, tools, data and outs"):format(text),
      { attr = "cmd", hint = "add it to tools, or to srcs" })
  end
  if many then
    return words(files)
  elseif #files ~= 1 then
    ctx:fail(("$(location %s): it has %d files"):format(text, #files),
      { attr = "cmd", hint = "use $(locations " .. text .. ")" })
  end
  return runnable(files[1])
end

--- Replaces $(in), $(out), $(outdir), $(location X) and $(locations X); other "$" are the shell's.
local function expand(ctx, text, outs)
  local map
  return (text:gsub("%$%((%l+)%s*([^()]*)%)", function(name, arg)
    if arg ~= "" then
      if name ~= "location" and name ~= "locations" then
        return nil
      end
      map = map or locations(ctx, outs)
      return expand_location(ctx, map, arg:match("^(.-)%s*$"), name == "locations")
    elseif name == "in" then
      return words(ctx.files.srcs)
    elseif name == "out" then
      return words(outs)
    elseif name == "outdir" then
      return quote(ctx.out_dir)
    end
  end))
end

local function argv_of(ctx, outs)
  local argv = {}
  for i, word in ipairs(ctx.attr.cmd) do
    -- a word that is just $(in) or $(out) stands for as many words as there are files
    if word == "$(in)" then
      argv[i] = ctx.files.srcs
    elseif word == "$(out)" then
      argv[i] = outs
    else
      argv[i] = expand(ctx, word, outs)
    end
  end
  return argv
end

--- Tools are built for being run: their files and what these need.
local function tool_files(ctx)
  local out = {}
  for i, tool in ipairs(ctx.attr.tools) do
    out[i] = { tool.executable or tool.files, tool.runfiles }
  end
  return out
end

local function data_files(ctx)
  local out = {}
  for i, target in ipairs(ctx.attr.data) do
    out[i] = { target.files, target.runfiles }
  end
  return out
end

local genrule = rule {
  doc = "Runs a command that makes files.",
  attrs = {
    srcs = attr.label_list { allow_files = true, providers = {}, doc = "inputs: $(in)" },
    outs = attr.output_list { mandatory = true, doc = "what it makes: $(out)" },
    cmd = attr.command { mandatory = true,
      doc = "a string for /bin/sh -e, or a list: an argv without a shell" },
    tools = attr.label_list { allow_files = true, providers = {}, cfg = "exec",
      doc = "programs that cmd runs, made for the machine that builds" },
    env = attr.environment {
      doc = "a map of values, or a list of names taken from the caller's environment" },
    data = attr.label_list { allow_files = true, providers = {}, doc = "more inputs" },
    timeout = attr.int { default = 0, doc = "seconds; 0: none" },
    pool = attr.string { doc = "a pool of WORKSPACE.lua: how many of it run at once" },
    jobserver = attr.bool { doc = "cmd shares the jobs of skylua by MAKEFLAGS, as it does when "
      .. "it names make" },
    network = attr.bool { doc = "the command may use the network" },
  },
  impl = function(ctx)
    local outs = {}
    for i, name in ipairs(ctx.attr.outs) do
      outs[i] = ctx:declare_file(name)
    end
    if #outs == 0 then
      ctx:fail("it makes nothing", { attr = "outs", hint = 'outs = { "file" }' })
    end
    local env, names = environment(ctx)
    local spec = {
      mnemonic = "Genrule",
      message = "Making " .. outs[1].path,
      inputs = { ctx.files.srcs, data_files(ctx) },
      tools = tool_files(ctx),
      outputs = outs,
      env = env,
      env_inherit = names,
      timeout = ctx.attr.timeout > 0 and ctx.attr.timeout or nil,
      pool = ctx.attr.pool,
      jobserver = ctx.attr.jobserver or nil,
      network = ctx.attr.network or nil,
    }
    if type(ctx.attr.cmd) == "string" then
      spec.cmd = expand(ctx, ctx.attr.cmd, outs)
      ctx:run_shell(spec)
    else
      spec.argv = argv_of(ctx, outs)
      ctx:run(spec)
    end
    return { DefaultInfo { files = outs } }
  end,
}

return { genrule = genrule }
