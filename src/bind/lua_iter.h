/* lua_iter.h -- walking tables, frozen ones too. */
#ifndef SKY_BIND_LUA_ITER_H
#define SKY_BIND_LUA_ITER_H

#include <lua.h>

int lua_iter_next(lua_State *L);      /* core.next */
int lua_iter_pairs(lua_State *L);     /* core.pairs: in a fixed order */

#endif
