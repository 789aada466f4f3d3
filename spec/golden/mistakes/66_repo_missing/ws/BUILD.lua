local r = load "@rules_x//x.lua"
