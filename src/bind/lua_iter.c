/* lua_iter.c -- walking tables, frozen ones too (lua_iter.h). */
#include "bind/lua_iter.h"

#include <lauxlib.h>

#include "bind/lua_value.h"

/* next that sees through frozen tables */
int
lua_iter_next(lua_State *L)
{
	lua_settop(L, 2);
	lua_value_raw(L, 1);
	luaL_checktype(L, 3, LUA_TTABLE);
	lua_pushvalue(L, 2);
	if (lua_next(L, 3))
		return 2;
	lua_pushnil(L);
	return 1;
}

/* upvalues: table, sorted list of keys, position */
static int
sorted_step(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(3)) + 1;

	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(3));
	if (lua_rawgeti(L, lua_upvalueindex(2), i) == LUA_TNIL)
		return 1;
	lua_pushvalue(L, -1);
	lua_rawget(L, lua_upvalueindex(1));
	return 2;
}

static int
rank(lua_State *L, int i)
{
	switch (lua_type(L, i)) {
	case LUA_TNUMBER: return 0;
	case LUA_TSTRING: return 1;
	case LUA_TBOOLEAN: return 2;
	default: return 3;
	}
}

static int
key_less(lua_State *L)
{
	int a = rank(L, 1), b = rank(L, 2);
	bool less = a < b;

	if (a == b && a == 0) {
		less = lua_compare(L, 1, 2, LUA_OPLT);
	} else if (a == b && a == 1) {
		struct str s, t;
		s.p = lua_tolstring(L, 1, &s.n);
		t.p = lua_tolstring(L, 2, &t.n);
		less = str_cmp(s, t) < 0;
	} else if (a == b && a == 2) {
		less = !lua_toboolean(L, 1) && lua_toboolean(L, 2);
	}
	lua_pushboolean(L, less);
	return 1;
}

/* Numbers ascending, then strings by bytes, then booleans; other keys have no
 * order that is the same in every run, and are refused. */
int
lua_iter_pairs(lua_State *L)
{
	lua_Integer n = 0;

	luaL_checkany(L, 1);
	lua_settop(L, 1);
	lua_value_raw(L, 1);
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
		if (rank(L, -2) == 3)
			return luaL_error(L, "pairs: a key is a %s; only numbers, strings and "
			    "booleans have an order", luaL_typename(L, -2));
		lua_pushvalue(L, -2);
		lua_rawseti(L, 3, ++n);
	}
	bool list = (size_t)n == lua_rawlen(L, 2);
	for (lua_Integer i = 1; list && i <= n; i++) {
		list = lua_rawgeti(L, 3, i) == LUA_TNUMBER && lua_isinteger(L, -1) &&
		    lua_tointeger(L, -1) == i;
		lua_pop(L, 1);
	}
	if (!list) {
		lua_getfield(L, LUA_REGISTRYINDEX, "skylua.sort");
		lua_pushvalue(L, 3);
		lua_pushcfunction(L, key_less);
		lua_call(L, 2, 0);
	}
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, sorted_step, 3);
	return 1;
}
