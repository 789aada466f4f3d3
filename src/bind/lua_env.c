/* lua_env.c -- the env object of Lua node functions (ENGINE.md).
 *
 * A look-up that finds its result on the board goes on at once; else the
 * coroutine yields, and looks again when the owner says that all is there.
 */
#include "base/die.h"
#include "bind/lua_err.h"
#include "bind/lua_fn.h"
#include "bind/lua_value.h"
#include "eval/errval.h"

enum { MAX_ASKED = 4 << 20 };      /* words: more is a function without end */

/* Asked at every call of a method: a mark in the object is enough, and cheaper
 * than its metatable's name. */
struct lua_call *
lua_env_call(lua_State *L)
{
	const struct lua_env_box *b = lua_touserdata(L, 1);

	if (lua_type(L, 1) != LUA_TUSERDATA || lua_rawlen(L, 1) != sizeof(*b) ||
	    b->mark != LUA_ENV_MARK)
		luaL_typeerror(L, 1, ENV_TYPE);
	if (!b->call->env.t)
		luaL_error(L, "env is used after its node function has ended");
	return b->call;
}

static struct env *
check_env(lua_State *L)
{
	return &lua_env_call(L)->env;
}

static int
suspend(lua_State *L, lua_KContext ctx, lua_KFunction k)
{
	lua_env_call(L)->asking = true;
	return lua_yieldk(L, 0, ctx, k);
}

/* Before any look-up that may have to wait, whether it has to or not: what is
 * wrong must not depend on what happens to be there. */
static bool
in_branch(lua_State *L)
{
	if (!lua_isyieldable(L))
		luaL_error(L, "attempt to yield across a C-call boundary");
	return lua_fork_is_branch(L, lua_env_call(L));
}

static void
record(lua_State *L, struct env *env, const uint32_t *ids, uint32_t n)
{
	env_record(env, ids, n);
	if (env->t->asked.n > MAX_ASKED)
		luaL_error(L, "the function has asked for more than %d keys: it seems never to end",
		    MAX_ASKED);
}

static void
met(struct env *env, const struct value *error)
{
	if (!env->t->met)
		env->t->met = value_ref(error);
}

/* ---- get ---- */

static int get_k(lua_State *L, int status, lua_KContext ctx);

/* ctx: 1 when errors are handed back as nil, error */
static int
get_result(lua_State *L, lua_KContext ctx)
{
	struct env *env = check_env(L);
	const struct value *v;

	switch (env_peek(env, lua_key_check(L, 2), &v)) {
	case BOARD_NONE:
		return suspend(L, ctx, get_k);
	case BOARD_ERROR:
		met(env, v);
		if (ctx == 0) {
			lua_value_push(L, v);
			return lua_error(L);
		}
		lua_pushnil(L);
		lua_value_push(L, v);
		return 2;
	case BOARD_VALUE:
	case BOARD_RECOVERED:
		lua_value_push(L, v);
		return 1;
	}
	return 0;
}

static int
get_k(lua_State *L, int status, lua_KContext ctx)
{
	(void)status;
	return get_result(L, ctx);
}

static int
env_lua_get(lua_State *L)
{
	const struct key *key = lua_key_check(L, 2);

	if (in_branch(L))
		return lua_fork_ask(L, LUA_ASK_ONE);
	record(L, check_env(L), &key->id, 1);
	return get_result(L, 0);
}

static int
env_lua_get_or_error(lua_State *L)
{
	const struct key *key = lua_key_check(L, 2);

	if (in_branch(L))
		return lua_fork_ask(L, LUA_ASK_ONE | LUA_ASK_ERRORS);
	record(L, check_env(L), &key->id, 1);
	return get_result(L, 1);
}

/* ---- get_all: the list of keys is at 2, its real table at 3 ---- */

static int all_k(lua_State *L, int status, lua_KContext ctx);

static size_t
record_list(lua_State *L, struct env *env)
{
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	lua_value_raw(L, 2);
	size_t n = lua_rawlen(L, 3);
	uint32_t few[32];
	uint32_t *ids = n <= ARRAY_LEN(few) ? few : lua_newuserdatauv(L, n * sizeof(ids[0]), 0);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, 3, (lua_Integer)i + 1);
		const struct key *key = lua_key_test(L, -1);
		if (!key)
			luaL_error(L, "element %d of the list is a %s, not a key", (int)i + 1,
			    luaL_typename(L, -1));
		ids[i] = key->id;
		lua_pop(L, 1);
	}
	if (n > 0)
		record(L, env, ids, (uint32_t)n);
	lua_settop(L, 3);
	return n;
}

static const struct key *
key_at(lua_State *L, size_t i)
{
	lua_rawgeti(L, 3, (lua_Integer)i);
	const struct key *key = lua_touserdata(L, -1);
	lua_pop(L, 1);
	return key;
}

/* The first error of the list, NULL: none; *missing is set when some are not
 * there yet. */
static const struct value *
scan(lua_State *L, struct env *env, size_t n, bool *missing)
{
	const struct value *v, *error = NULL;

	*missing = false;
	for (size_t i = 1; i <= n; i++) {
		enum board_kind kind = env_peek(env, key_at(L, i), &v);
		if (kind == BOARD_NONE)
			*missing = true;
		else if (kind == BOARD_ERROR && !error)
			error = v;
	}
	return error;
}

/* {value =}, {error =}, or false: not there (only while an error passes up) */
static void
push_entry(lua_State *L, struct env *env, size_t i)
{
	const struct value *v;
	enum board_kind kind = env_peek(env, key_at(L, i), &v);

	if (kind == BOARD_NONE) {
		lua_pushboolean(L, 0);
		return;
	}
	lua_createtable(L, 0, 1);
	lua_value_push(L, v);
	lua_setfield(L, -2, kind == BOARD_ERROR ? "error" : "value");
}

static void
push_value(lua_State *L, struct env *env, size_t i)
{
	const struct value *v;

	env_peek(env, key_at(L, i), &v);
	lua_value_push(L, v);
}

enum all_kind { ALL_VALUES, ALL_ENTRIES, ALL_BATCH };

static int
all_result(lua_State *L, lua_KContext kind)
{
	struct env *env = check_env(L);
	size_t n = lua_rawlen(L, 3);
	bool missing;
	const struct value *error = scan(L, env, n, &missing);

	if (missing && !(env->t->bubbling && error && kind != ALL_ENTRIES))
		return suspend(L, kind, all_k);
	if (error)
		met(env, error);
	if (error && kind == ALL_VALUES) {
		lua_value_push(L, error);
		return lua_error(L);
	}
	lua_createtable(L, (int)n, 0);
	for (size_t i = 1; i <= n; i++) {
		if (kind == ALL_VALUES)
			push_value(L, env, i);
		else
			push_entry(L, env, i);
		lua_rawseti(L, -2, (lua_Integer)i);
	}
	return 1;
}

/* The usual case when a function goes on: all are values. One look at each.
 * [-0, +1], or nothing when it is not so. */
static bool
all_values(lua_State *L)
{
	struct env *env = check_env(L);
	lua_Integer n = (lua_Integer)lua_rawlen(L, 3);
	const struct value *v;

	lua_createtable(L, (int)n, 0);
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(L, 3, i);
		enum board_kind kind = env_peek(env, lua_touserdata(L, -1), &v);
		if (kind != BOARD_VALUE && kind != BOARD_RECOVERED) {
			lua_settop(L, 3);
			return false;
		}
		lua_value_push(L, v);
		lua_rawseti(L, 4, i);
		lua_settop(L, 4);
	}
	return true;
}

static int
all_k(lua_State *L, int status, lua_KContext kind)
{
	(void)status;
	lua_settop(L, 3);
	if (kind == ALL_VALUES && all_values(L))
		return 1;
	return all_result(L, kind);
}

static int
env_lua_get_all(lua_State *L)
{
	luaL_checkany(L, 2);
	if (in_branch(L))
		return lua_fork_ask(L, 0);
	record_list(L, check_env(L));
	return all_result(L, ALL_VALUES);
}

static int
env_lua_get_all_or_error(lua_State *L)
{
	luaL_checkany(L, 2);
	if (in_branch(L))
		return lua_fork_ask(L, LUA_ASK_ERRORS);
	record_list(L, check_env(L));
	return all_result(L, ALL_ENTRIES);
}

int
lua_env_batch(lua_State *L)
{
	record_list(L, check_env(L));
	return all_result(L, ALL_BATCH);
}

/* Nothing can go on: an error passes up, and it is none of ours. */
int
lua_env_stop(lua_State *L)
{
	return suspend(L, 0, NULL);
}

/* ---- try: nil when not there yet ---- */

/* Looks once: another evaluator may finish the key at any time.  Pushes the value
 * or nil; returns the error, NULL: none.  [-0, +1] */
static const struct value *
push_try(lua_State *L, struct env *env, const struct key *key)
{
	const struct value *v;

	switch (env_peek(env, key, &v)) {
	case BOARD_NONE:
		env->t->missing++;
		break;
	case BOARD_ERROR:
		met(env, v);
		if (!env->dep_error)
			env->dep_error = v;
		lua_pushnil(L);
		return v;
	case BOARD_VALUE:
	case BOARD_RECOVERED:
		lua_value_push(L, v);
		return NULL;
	}
	lua_pushnil(L);
	return NULL;
}

static int
env_lua_try(lua_State *L)
{
	struct env *env = check_env(L);
	const struct key *key = lua_key_check(L, 2);

	record(L, env, &key->id, 1);
	const struct value *error = push_try(L, env, key);
	if (!error)
		return 1;
	lua_value_push(L, error);
	return 2;
}

/* try_all(list) -> values, errors: each by place in the list, with holes */
static int
env_lua_try_all(lua_State *L)
{
	struct env *env = check_env(L);
	size_t n = record_list(L, env);

	lua_newtable(L);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 1; i <= n; i++) {
		const struct value *error = push_try(L, env, key_at(L, i));
		lua_rawseti(L, -2, (lua_Integer)i);
		if (!error)
			continue;
		lua_value_push(L, error);
		lua_rawseti(L, -3, (lua_Integer)i);
	}
	lua_insert(L, -2);
	return 2;
}

static int
env_lua_values_missing(lua_State *L)
{
	struct env *env = check_env(L);

	lua_pushboolean(L, env->t->missing > 0 || env->dep_error);
	return 1;
}

/* ---- the rest ---- */

static int
env_lua_state(lua_State *L)
{
	struct lua_call *c = lua_env_call(L);

	if (c->state_ref == LUA_NOREF) {
		lua_newtable(L);
		c->state_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, c->state_ref);
	return 1;
}

static int
env_lua_warn(lua_State *L)
{
	struct env *env = check_env(L);
	struct str s;

	s.p = luaL_tolstring(L, 2, &s.n);
	env_warn(env, s);
	return 0;
}

static int
env_lua_fail(lua_State *L)
{
	check_env(L);
	if (lua_isstring(L, 2)) {
		lua_createtable(L, 0, 1);
		lua_pushvalue(L, 2);
		lua_setfield(L, -2, "message");
	} else {
		luaL_checktype(L, 2, LUA_TTABLE);
		if (lua_getfield(L, 2, "message") != LUA_TSTRING)
			return luaL_error(L, "env:fail needs a message");
		lua_settop(L, 2);
	}
	return lua_error(L);
}

static int
env_lua_event(lua_State *L)
{
	struct env *env = check_env(L);

	env_event(env, lua_value_to(L, 2, "the event"));
	return 0;
}

static int
env_lua_key(lua_State *L)
{
	lua_key_push(L, check_env(L)->t->key);
	return 1;
}

void
lua_env_open(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "get", env_lua_get }, { "get_or_error", env_lua_get_or_error },
		{ "get_all", env_lua_get_all }, { "get_all_or_error", env_lua_get_all_or_error },
		{ "try", env_lua_try }, { "try_all", env_lua_try_all },
		{ "values_missing", env_lua_values_missing }, { "state", env_lua_state },
		{ "warn", env_lua_warn }, { "fail", env_lua_fail }, { "event", env_lua_event },
		{ "key", env_lua_key }, { NULL, NULL },
	};

	luaL_newmetatable(L, ENV_TYPE);
	luaL_newlib(L, methods);
	lua_fork_open(L);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}
