/* lua_err.h -- Lua errors to error values and back. */
#ifndef SKY_BIND_LUA_ERR_H
#define SKY_BIND_LUA_ERR_H

#include "base/err.h"
#include "bind/lua_state.h"

/* The error object at `index` as an error value (new reference): a table with a
 * message as it is, a string with its "file:line:" taken apart. [-0, +0] */
struct value *lua_err_value(lua_State *L, int index);
/* Raises *e as a Lua error table; frees it. */
int lua_err_raise(lua_State *L, struct err *e);
/* Pushes *e as a table; frees it. [-0, +1] */
void lua_err_push(lua_State *L, struct err *e);

#endif
