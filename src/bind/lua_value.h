/* lua_value.h -- plain Lua data to values and back.
 *
 * From Lua a value is read-only: tables come out as *frozen* proxies, that is
 * empty tables whose metatable reads from a hidden real table.  Tagged values
 * come out as frozen objects with the methods of their tag; depsets as userdata;
 * values tagged "key" as keys (light userdata).
 */
#ifndef SKY_BIND_LUA_VALUE_H
#define SKY_BIND_LUA_VALUE_H

#include "bind/lua_state.h"

/* Makes the metatables; once per state.  [-0, +0] */
void lua_value_open(lua_State *L);

/* Appends the value at `index` to b; false with "path[3].to: a function" in
 * `why` when it is not plain data.  Never raises.  [-0, +0] */
bool lua_value_encode(lua_State *L, int index, struct vb *b, struct buf *why);
/* The same as a value of its own; raises a Lua error naming `what`.  [-0, +0] */
struct value *lua_value_to(lua_State *L, int index, const char *what);
/* [-0, +1] */
void lua_value_push(lua_State *L, const struct value *v);
void lua_value_push_at(lua_State *L, struct vr *r);
/* The list or map at the cursor as an ordinary table of frozen things; parts of
 * `root` that are large are decoded when they are looked at.  False: it is neither.
 * [-0, +1] */
bool lua_value_push_table(lua_State *L, const struct value *root, struct vr *r);
/* The same as ordinary tables, the caller's own.  [-0, +1] */
void lua_value_push_plain(lua_State *L, const struct value *v);

/* The real table behind a frozen one (or the table itself).  [-0, +1] */
void lua_value_raw(lua_State *L, int index);
bool lua_value_is_frozen(lua_State *L, int index);
/* Drops decoded tables kept for the last evaluation. */
void lua_value_forget(lua_State *L);

/* Functions of module `core`: freeze is_frozen raw tag make tag_of depset
 * is_depset next pairs check.  Sets them in the table on top.  [-0, +0] */
void lua_value_core(lua_State *L);

/* Keys are light userdata; NULL when the value at `index` is none. */
const struct key *lua_key_test(lua_State *L, int index);
const struct key *lua_key_check(lua_State *L, int index);
void lua_key_push(lua_State *L, const struct key *key);          /* [-0, +1] */
void lua_key_core(lua_State *L);

#endif
