local t = load "tools/up.lua"
