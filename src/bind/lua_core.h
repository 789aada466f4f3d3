/* lua_core.h -- module "core": what the Lua half gets from C (lua/core.d.lua). */
#ifndef SKY_BIND_LUA_CORE_H
#define SKY_BIND_LUA_CORE_H

#include "bind/lua_state.h"

int lua_core_open(lua_State *L);                   /* [-0, +1] */
/* core.engine and the engine's methods; main state only.  Sets them in the table
 * on top.  [-0, +0] */
void lua_engine_core(lua_State *L);

#endif
