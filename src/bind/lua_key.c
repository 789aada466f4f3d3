/* lua_key.c -- keys in Lua: light userdata, so that a key costs no garbage.
 *
 * Equal keys are the same pointer in the whole process; their metatable is the
 * one that all light userdata share, which nothing else here makes.
 */
#include "bind/lua_value.h"

const struct key *
lua_key_test(lua_State *L, int index)
{
	return lua_type(L, index) == LUA_TLIGHTUSERDATA ? lua_touserdata(L, index) : NULL;
}

const struct key *
lua_key_check(lua_State *L, int index)
{
	const struct key *key = lua_key_test(L, index);

	if (!key)
		luaL_typeerror(L, index, "key");
	return key;
}

void
lua_key_push(lua_State *L, const struct key *key)
{
	lua_pushlightuserdata(L, (void *)(uintptr_t)key);
}

/* The id of a function's name, without the table's lock when it was met lately. */
static uint16_t
fn_id(struct lua_home *h, struct str name)
{
	uint16_t *cached = &h->fn_ids[((uintptr_t)name.p >> 4) % LUA_FN_CACHE];

	if (*cached == 0 || !str_eq(keys_fn_name(h->world->keys, (uint16_t)(*cached - 1)), name))
		*cached = (uint16_t)(keys_fn(h->world->keys, name) + 1);
	return (uint16_t)(*cached - 1);
}

static const struct key *
make(lua_State *L, struct str name, int arg)
{
	struct lua_home *h = lua_home(L);
	struct buf why = BUF_INIT;
	uint16_t fn = fn_id(h, name);

	if (lua_isinteger(L, arg))
		return key_of_int(h->world->keys, fn, lua_tointeger(L, arg));
	if (!lua_value_encode(L, arg, &h->scratch, &why) || h->scratch.nkids > 0) {
		lua_pushlstring(L, why.p ? why.p : "a depset", why.p ? why.n : 8);
		buf_fini(&why);
		vb_fini(&h->scratch);
		luaL_error(L, "key %s: the argument is not plain data: %s", name.p,
		    lua_tostring(L, -1));
	}
	const struct key *key = key_intern(h->world->keys, fn, h->scratch.buf.p,
	    h->scratch.buf.n);
	buf_reset(&h->scratch.buf);
	return key;
}

/* key(name, argument) */
static int
core_key(lua_State *L)
{
	struct str name;

	name.p = luaL_checklstring(L, 1, &name.n);
	lua_settop(L, 2);
	lua_key_push(L, make(L, name, 2));
	return 1;
}

static int
call_fn(lua_State *L)
{
	struct str name;

	name.p = lua_tolstring(L, lua_upvalueindex(1), &name.n);
	lua_settop(L, 1);
	lua_key_push(L, make(L, name, 1));
	return 1;
}

/* fn(name) -> function(argument) -> key */
static int
core_fn(lua_State *L)
{
	luaL_checkstring(L, 1);
	lua_settop(L, 1);
	lua_pushcclosure(L, call_fn, 1);
	return 1;
}

static int
key_tostring(lua_State *L)
{
	struct buf b = BUF_INIT;

	key_print(&b, lua_home(L)->world->keys, lua_key_check(L, 1));
	lua_pushlstring(L, b.p, b.n);
	buf_fini(&b);
	return 1;
}

/* key.name, key.argument */
static int
key_index(lua_State *L)
{
	const struct key *key = lua_key_check(L, 1);
	const char *field = luaL_checkstring(L, 2);

	if (strcmp(field, "name") == 0) {
		struct str s = keys_fn_name(lua_home(L)->world->keys, key->fn);
		lua_pushlstring(L, s.p, s.n);
	} else if (strcmp(field, "argument") == 0) {
		struct vr r = key_arg(key);
		lua_value_push_at(L, &r);
	} else {
		lua_pushnil(L);
	}
	return 1;
}

void
lua_key_core(lua_State *L)
{
	static const luaL_Reg fns[] = { { "key", core_key }, { "fn", core_fn }, { NULL, NULL } };

	luaL_setfuncs(L, fns, 0);
	lua_pushlightuserdata(L, NULL);
	lua_createtable(L, 0, 4);
	lua_pushcfunction(L, key_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_pushcfunction(L, key_index);
	lua_setfield(L, -2, "__index");
	lua_pushliteral(L, "key");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}
