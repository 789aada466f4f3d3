local a = load "//a.lua"
