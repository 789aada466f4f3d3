package { default_visibility = { "//visibility:public" } }

config_setting { name = "debug", values = { mode = "debug" } }
config_setting { name = "loud_german", values = { language = "de", shout = true } }
