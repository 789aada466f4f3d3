--- A rule that learns what it depends on from a file that the build makes.

--- The names in a plan, one per line.
---@param text string
---@return string[]
local function lines_of(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  return list
end

local playlist = rule {
  doc = "Orders a list of wishes, then takes in just the songs that it names.",
  attrs = {
    wishes = attr.label {
      allow_single_file = { ".txt" },
      mandatory = true,
      doc = "names, in any order",
    },
    songs = attr.string { mandatory = true, doc = "the package that has the songs" },
  },
  impl = function(ctx)
    -- 1. An action makes the plan.
    local plan = ctx:declare_file(ctx.name .. ".plan")
    ctx:run {
      mnemonic = "Plan",
      argv = { "sh", "-c", "grep -v '^#' \"$1\" | sort -u > \"$2\"", "sh", ctx.file.wishes, plan },
      inputs = { ctx.file.wishes },
      outputs = { plan },
    }

    -- 2. The rule waits until the plan is built, and reads it.
    local labels = {}
    for i, name in ipairs(lines_of(ctx:read(plan))) do
      labels[i] = ctx.attr.songs .. ":" .. name
    end

    -- 3. It asks for the targets named there, all at once, and declares an action for each.
    local parts = {}
    for i, song in ipairs(ctx:await(labels)) do
      local files = song[DefaultInfo].files:to_list()
      local part = ctx:declare_file(ctx.name .. "." .. i .. ".part")
      ctx:run {
        mnemonic = "Number",
        argv = { "sh", "-c", "printf '%s. ' \"$1\" | cat - \"$2\" > \"$3\"", "sh",
          tostring(i), files[1], part },
        inputs = { files[1] },
        outputs = { part },
      }
      parts[i] = part
    end

    local out = ctx:declare_file(ctx.name .. ".txt")
    ctx:run {
      mnemonic = "Join",
      argv = { "sh", "-c", "out=$1; shift; cat \"$@\" > \"$out\"", "sh", out, parts },
      inputs = parts,
      outputs = { out },
    }
    return { DefaultInfo { files = { out } } }
  end,
}

return { playlist = playlist }
