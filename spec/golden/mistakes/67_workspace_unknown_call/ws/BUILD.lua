local r = load "@x//x.lua"
