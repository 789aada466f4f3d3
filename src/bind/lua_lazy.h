/* lua_lazy.h -- parts of a value that are decoded when they are looked at.
 *
 * Most of what a function gets it never reads: a package has a hundred targets,
 * a target a dozen actions.  So a frozen object may hold, in place of its table,
 * where in the value its bytes stand.  lua_tag.c asks for the table when it is
 * needed; the encoder copies the bytes when it never was.
 */
#ifndef SKY_BIND_LUA_LAZY_H
#define SKY_BIND_LUA_LAZY_H

#include <lua.h>

#include "graph/value.h"

/* Pushes a stand-in for the list or map at the cursor, a part of `root`, and moves
 * the cursor behind it; false, and nothing is done, when it is too small. */
bool lua_lazy_push(lua_State *L, const struct value *root, struct vr *r);
/* Replaces the stand-in on top by its table. */
void lua_lazy_decode(lua_State *L);
/* Appends the bytes of a stand-in; false: `index` is none. */
bool lua_lazy_encode(lua_State *L, int index, struct vb *b);
void lua_lazy_open(lua_State *L);

#endif
