local b = load "//b.lua"
return {}
