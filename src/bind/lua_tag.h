/* lua_tag.h -- frozen tables, tagged objects and depsets as Lua sees them. */
#ifndef SKY_BIND_LUA_TAG_H
#define SKY_BIND_LUA_TAG_H

#include "bind/lua_state.h"

void lua_tag_open(lua_State *L);                                 /* [-0, +0] */
/* Is the value at `index` frozen?  *tag gets its tag, "" for a plain table; the
 * bytes live as long as the state. */
bool lua_tag_of(lua_State *L, int index, struct str *tag);
/* Replaces the table on top by a frozen object of this tag ("": plain) that
 * reads from it.  [-1, +1] */
void lua_tag_wrap(lua_State *L, struct str tag);
/* Pushes what stands for the content of a frozen object that nobody has looked at
 * (lua_lazy.h); false, and nothing is pushed, when it has its table.  [-0, +0|1] */
bool lua_tag_lazy(lua_State *L, int index);
/* NULL when the value at `index` is no depset; borrowed. */
const struct value *lua_tag_depset(lua_State *L, int index);
void lua_tag_push_depset(lua_State *L, struct value *take);      /* [-0, +1] */

#endif
