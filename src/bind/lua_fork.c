/* lua_fork.c -- look-ups inside functions begun with env:fork.
 *
 * A forked function is a coroutine of its own, which env:join (written in Lua:
 * lua/skylua/fork.lua) runs.  A look-up in it yields the list of keys to env:join,
 * whether the values are there or not, so that the groups do not depend on
 * timing; env:join asks for all lists of one round as one group.
 */
#include "bind/lua_fn.h"
#include "bind/lua_value.h"

static char branches_key;     /* registry: coroutine of a branch -> true */

bool
lua_fork_is_branch(lua_State *L, const struct lua_call *c)
{
	if (L == c->co)
		return false;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &branches_key);
	lua_pushthread(L);
	bool known = lua_rawget(L, -2) != LUA_TNIL;
	lua_pop(L, 2);
	if (!known)
		luaL_error(L, "a value is asked for inside a coroutine that the node function has "
		    "made itself: use env:fork(fn, ...) and env:join()");
	return true;
}

/* ---- the answers: {value =} or {error =} for each key asked for ---- */

static int
answer_one(lua_State *L, bool errors)
{
	lua_rawgeti(L, -1, 1);
	if (lua_getfield(L, -1, "error") == LUA_TNIL) {
		lua_getfield(L, -2, "value");
		return 1;
	}
	if (!errors)
		return lua_error(L);
	lua_pushnil(L);
	lua_insert(L, -2);
	return 2;
}

static int
answer_all(lua_State *L)
{
	int list = lua_gettop(L);
	lua_Integer n = (lua_Integer)lua_rawlen(L, list);

	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(L, list, i);
		if (lua_type(L, -1) == LUA_TTABLE && lua_getfield(L, -1, "error") != LUA_TNIL)
			return lua_error(L);
		lua_settop(L, list);
	}
	lua_createtable(L, (int)n, 0);
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(L, list, i);
		lua_getfield(L, -1, "value");
		lua_rawseti(L, list + 1, i);
		lua_pop(L, 1);
	}
	return 1;
}

static int
answered(lua_State *L, int status, lua_KContext how)
{
	(void)status;
	if (how & LUA_ASK_ONE)
		return answer_one(L, how & LUA_ASK_ERRORS);
	return how & LUA_ASK_ERRORS ? 1 : answer_all(L);
}

int
lua_fork_ask(lua_State *L, int how)
{
	lua_settop(L, 2);
	if (how & LUA_ASK_ONE) {
		lua_createtable(L, 1, 0);
		lua_pushvalue(L, 2);
		lua_rawseti(L, -2, 1);
	} else {
		luaL_checktype(L, 2, LUA_TTABLE);
		lua_value_raw(L, 2);
		for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 3); i++) {
			lua_rawgeti(L, 3, i);
			if (!lua_key_test(L, -1))
				luaL_error(L, "element %I of the list is a %s, not a key", i,
				    luaL_typename(L, -1));
			lua_pop(L, 1);
		}
	}
	lua_pushboolean(L, !(how & LUA_ASK_ERRORS));
	return lua_yieldk(L, 2, how, answered);
}

/* ---- for fork.lua ---- */

/* branch(env, fn) -> coroutine */
static int
branch(lua_State *L)
{
	lua_fork_is_branch(L, lua_env_call(L));
	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_State *co = lua_newthread(L);
	lua_pushvalue(L, 2);
	lua_xmove(L, co, 1);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &branches_key);
	lua_pushvalue(L, -2);
	lua_pushboolean(L, 1);
	lua_rawset(L, -3);
	lua_pop(L, 1);
	return 1;
}

/* resume(co, ...): coroutine.resume, and the evaluator knows what runs */
static int
resume(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);
	int nargs = lua_gettop(L) - 1, nres;

	luaL_argexpected(L, co, 1, "coroutine");
	lua_pushboolean(L, 1);
	lua_replace(L, 1);
	if (!lua_checkstack(co, nargs))
		luaL_error(L, "too many arguments");
	lua_xmove(L, co, nargs);
	lua_State *before = lua_fn_running(co);
	int status = lua_resume(co, L, nargs, &nres);
	lua_fn_running(before);
	if (status != LUA_OK && status != LUA_YIELD) {
		lua_pushboolean(L, 0);
		lua_xmove(co, L, 1);
		return 2;
	}
	luaL_checkstack(L, nres + 1, "too many results");
	lua_xmove(co, L, nres);
	return nres + 1;
}

/* children(env) -> table: coroutine -> what it has forked; and .open, how many */
static int
children(lua_State *L)
{
	struct lua_call *c = lua_env_call(L);

	if (c->forks_ref == LUA_NOREF) {
		lua_newtable(L);
		lua_pushinteger(L, 0);
		lua_setfield(L, -2, "open");
		c->forks_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, c->forks_ref);
	return 1;
}

bool
lua_fork_open_branches(lua_State *L, const struct lua_call *c)
{
	if (c->forks_ref == LUA_NOREF)
		return false;
	lua_rawgeti(L, LUA_REGISTRYINDEX, c->forks_ref);
	lua_getfield(L, -1, "open");
	bool any = lua_tointeger(L, -1) > 0;
	lua_pop(L, 2);
	return any;
}

/* batch(env, list) -> answers; in a branch it goes to the join above */
static int
batch(lua_State *L)
{
	luaL_checktype(L, 2, LUA_TTABLE);
	if (lua_fork_is_branch(L, lua_env_call(L)))
		return lua_fork_ask(L, LUA_ASK_ERRORS);
	return lua_env_batch(L);
}

/* stop(env): for ever */
static int
stop(lua_State *L)
{
	if (!lua_fork_is_branch(L, lua_env_call(L)))
		return lua_env_stop(L);
	lua_pushboolean(L, 0);
	return lua_yield(L, 1);
}

void
lua_fork_open(lua_State *L)
{
	static const luaL_Reg fns[] = {
		{ "branch", branch }, { "children", children }, { "batch", batch },
		{ "stop", stop }, { "resume", resume }, { NULL, NULL },
	};
	struct buf hold = BUF_INIT;
	struct str text;

	lua_newtable(L);
	lua_createtable(L, 0, 1);
	lua_pushliteral(L, "k");
	lua_setfield(L, -2, "__mode");
	lua_setmetatable(L, -2);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &branches_key);
	if (!lua_state_file(STR("lua/skylua/fork.lua"), &text, &hold) ||
	    luaL_loadbufferx(L, text.p, text.n, "@lua/skylua/fork.lua", "bt") != LUA_OK)
		luaL_error(L, "cannot load lua/skylua/fork.lua");
	buf_fini(&hold);
	lua_call(L, 0, 1);
	luaL_newlib(L, fns);
	lua_call(L, 1, 2);
	lua_setfield(L, -3, "join");
	lua_setfield(L, -2, "fork");
}
