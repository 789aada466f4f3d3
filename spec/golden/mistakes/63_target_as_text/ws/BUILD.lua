local lib = cc_library { name = "lib", hdrs = { "a.h" } }
local name = lib .. "_test"
