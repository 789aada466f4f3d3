local function out_name(ctx)
  return ctx.file.src.bsename .. ".up"
end

local shout = rule {
  attrs = { src = attr.label { allow_single_file = true, mandatory = true } },
  impl = function(ctx)
    local out = ctx:declare_file(out_name(ctx))
    ctx:write(out, "x")
    return { DefaultInfo { files = { out } } }
  end,
}

return { shout = shout }
