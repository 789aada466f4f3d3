package { default_visibility = { "//..." } }

config_setting { name = "long", values = { greeting = "long" } }
