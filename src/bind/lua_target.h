/* lua_target.h -- declaring a target in C: the good way through, and nothing else.
 *
 * A BUILD.lua is mostly calls with names, strings and lists of strings.  For
 * those the checks of lua/load/package.lua are done here, and the record goes
 * straight into the bytes that the value of PACKAGE will hold.  Whatever is not
 * plainly right is left to the Lua code, which knows what to say.
 */
#ifndef SKY_BIND_LUA_TARGET_H
#define SKY_BIND_LUA_TARGET_H

#include <lua.h>

#include "base/base.h"

/* The encoding in a packed record at `index`; false: it is something else. */
bool lua_target_packed(lua_State *L, int index, struct str *bytes);

/* Adds `schema`, `target` and `unpacked` to the table on top (lua/core.d.lua). */
void lua_target_core(lua_State *L);

#endif
