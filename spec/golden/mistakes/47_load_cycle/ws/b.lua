local a = load "//a.lua"
return {}
