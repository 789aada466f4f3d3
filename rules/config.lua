--- config_setting: a name for settings, for select.
local config_setting = rule {
  doc = "Is met when the mode and the options have these values; for select.",
  attrs = {
    values = attr.settings {
      mandatory = true,
      doc = "mode (fastbuild, debug, release) or the name of an option -> its value",
    },
  },
  impl = function(_)
    return {}
  end,
}

return { config_setting = config_setting }
