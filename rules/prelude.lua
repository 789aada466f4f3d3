--- The rules that every BUILD.lua sees without a load.
local cc = load "@sky//cc.lua"
local config = load "@sky//config.lua"
local filegroup = load "@sky//filegroup.lua"
local genrule = load "@sky//genrule.lua"
local lua = load "@sky//lua.lua"
local sh = load "@sky//sh.lua"

return {
  cc_library = cc.cc_library,
  cc_binary = cc.cc_binary,
  cc_test = cc.cc_test,
  cc_shared_library = cc.cc_shared_library,
  genrule = genrule.genrule,
  filegroup = filegroup.filegroup,
  alias = filegroup.alias,
  test_suite = filegroup.test_suite,
  sh_binary = sh.sh_binary,
  sh_test = sh.sh_test,
  lua_library = lua.lua_library,
  lua_binary = lua.lua_binary,
  lua_test = lua.lua_test,
  config_setting = config.config_setting,
}
