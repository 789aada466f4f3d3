--- A macro and a rule that several packages use.
local shout = rule {
  doc = "A text in capitals, written by the program of //server.",
  attrs = {
    src = attr.label { allow_single_file = { ".txt" }, mandatory = true, doc = "the text" },
    _server = attr.label { default = "//server", executable = true, cfg = "exec" },
  },
  impl = function(ctx)
    local out = ctx:declare_file(ctx.name .. ".txt")
    ctx:run_shell { mnemonic = "Shout", cmd = '"$1" "$(cat "$2")" > "$3"',
      args = { ctx.executable._server, ctx.file.src, out }, tools = { ctx.executable._server },
      inputs = { ctx.file.src }, outputs = { out } }
    return { DefaultInfo { files = { out } } }
  end,
}

--- One target for each text.
local function shout_all(name, files)
  local targets = {}
  for i, file in ipairs(files) do
    targets[i] = shout { name = name .. "_" .. i, src = file }
  end
  return filegroup { name = name, srcs = targets, visibility = { "//..." } }
end

return { shout = shout, shout_all = shout_all }
