/* lua_result.c -- evaluating from Lua. */
#include "bind/lua_result.h"

#include "base/die.h"
#include "bind/lua_err.h"
#include "bind/lua_value.h"
#include "eval/errval.h"
#include "os/fs.h"

static struct lua_engine *
check_engine(lua_State *L)
{
	struct lua_engine *le = luaL_checkudata(L, 1, ENGINE_TYPE);

	if (!le->e)
		luaL_error(L, "the engine is closed");
	le->L = L;
	return le;
}

/* For what changes the graph: not from a callback of an evaluation. */
static struct lua_engine *
check_idle(lua_State *L)
{
	struct lua_engine *le = check_engine(L);

	if (engine_running(le->e))
		luaL_error(L, "this engine is evaluating already");
	return le;
}

/* The keys of the list at `index`, as memory on the stack.  [-0, +1] */
static const struct key **
check_keys(lua_State *L, int index, size_t *count)
{
	if (lua_key_test(L, index)) {            /* a lone key will do */
		lua_createtable(L, 1, 0);
		lua_pushvalue(L, index);
		lua_rawseti(L, -2, 1);
		lua_replace(L, index);
	}
	luaL_checktype(L, index, LUA_TTABLE);
	lua_value_raw(L, index);
	size_t n = lua_rawlen(L, -1);
	const struct key **keys = lua_newuserdatauv(L, (n + 1) * sizeof(keys[0]), 0);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, -2, (lua_Integer)i + 1);
		keys[i] = lua_key_test(L, -1);
		if (!keys[i])
			luaL_error(L, "element %d of the list is a %s, not a key", (int)i + 1,
			    luaL_typename(L, -1));
		lua_pop(L, 1);
	}
	lua_remove(L, -2);
	*count = n;
	return keys;
}

/* ---- results ---- */

static void
set_int(lua_State *L, const char *name, uint64_t v)
{
	lua_pushinteger(L, (lua_Integer)v);
	lua_setfield(L, -2, name);
}

static void
push_stats(lua_State *L, struct engine *e)
{
	struct eval_stats s = engine_stats(e);

	lua_createtable(L, 0, 8);
	set_int(L, "evaluated", s.evaluated);
	set_int(L, "checked", s.checked);
	set_int(L, "remembered", s.remembered);
	set_int(L, "pruned", s.pruned);
	set_int(L, "resumed", s.resumed);
	set_int(L, "restarted", s.restarted);
	set_int(L, "wall_ns", (uint64_t)engine_wall_ns(e));
}

static void
add_message(void *arg, const struct key *key, struct str text, bool fresh)
{
	lua_State *L = arg;

	lua_createtable(L, 0, 3);
	lua_key_push(L, key);
	lua_setfield(L, -2, "key");
	lua_pushlstring(L, text.p, text.n);
	lua_setfield(L, -2, "text");
	lua_pushboolean(L, fresh);
	lua_setfield(L, -2, "fresh");
	lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static void
push_keys(lua_State *L, const struct key *const *keys, size_t n)
{
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		lua_key_push(L, keys[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

/* The error's cycle, turned so that it begins at `enter`. [-0, +1] */
static void
push_turned(lua_State *L, struct vr list, const struct key *enter)
{
	struct keys *keys = lua_home(L)->world->keys;
	lua_Integer first = 1, n;
	size_t count = 0;

	vr_list(&list, &count);
	n = (lua_Integer)count;
	struct vr r = list;
	for (lua_Integer i = 1; i <= n; i++)
		if (errval_key_at(keys, &r) == enter)
			first = i;
	lua_createtable(L, (int)n, 0);
	for (lua_Integer i = 1; i <= n; i++) {
		lua_key_push(L, errval_key_at(keys, &list));
		lua_rawseti(L, -2, (i - first + n) % n + 1);
	}
}

/* An error as a table that can be extended: `path` is added, a cycle begins at
 * the member that the path leads to.  [-0, +1] */
static void
push_error(lua_State *L, struct engine *e, const struct key *root, const struct value *v)
{
	struct vr r = vr_of(v), cycle;
	const struct key *enter;
	struct str s;
	size_t n;

	if (vr_kind(&r) != VALUE_MAP) {
		lua_value_push(L, v);
		return;
	}
	bool has_cycle = vr_field(&r, "cycle", &cycle);
	lua_newtable(L);
	for (vr_map(&r, &n); n > 0 && vr_str(&r, &s); n--) {
		lua_pushlstring(L, s.p, s.n);
		lua_value_push_at(L, &r);
		lua_rawset(L, -3);
	}
	const struct key **path = engine_error_path(e, root, &n, &enter);
	push_keys(L, path, n);
	lua_setfield(L, -2, "path");
	mem_free(path);
	if (has_cycle && enter) {
		push_turned(L, cycle, enter);
		lua_setfield(L, -2, "cycle");
	}
}

/* {values = {[key] = v}, errors = {[key] = e}, stats =, ...} with the methods. */
static void
push_result(lua_State *L, struct lua_engine *le, const struct key *const *keys, size_t n)
{
	bool error;

	lua_createtable(L, 0, 6);
	lua_createtable(L, 0, (int)n);
	lua_newtable(L);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = engine_result(le->e, keys[i], &error);
		if (!v)
			continue;
		if (error)
			push_error(L, le->e, keys[i], v);
		else
			lua_value_push(L, v);
		lua_rawsetp(L, error ? -2 : -3, keys[i]);
	}
	lua_setfield(L, -3, "errors");
	lua_setfield(L, -2, "values");
	push_stats(L, le->e);
	lua_setfield(L, -2, "stats");
	lua_newtable(L);
	engine_messages(le->e, add_message, L);
	lua_setfield(L, -2, "messages");
	lua_pushboolean(L, engine_interrupted(le->e));
	lua_setfield(L, -2, "interrupted");
	set_int(L, "wanted", n);
	luaL_setmetatable(L, "skylua.result");
}

static int
result_value(lua_State *L)
{
	lua_getfield(L, 1, "values");
	lua_rawgetp(L, -1, lua_key_check(L, 2));
	return 1;
}

static int
result_error(lua_State *L)
{
	lua_getfield(L, 1, "errors");
	lua_rawgetp(L, -1, lua_key_check(L, 2));
	return 1;
}

/* All that was asked for has a value (nil values count: they are no errors). */
static int
result_ok(lua_State *L)
{
	lua_getfield(L, 1, "errors");
	lua_pushnil(L);
	bool errors = lua_next(L, -2);
	lua_settop(L, 1);
	lua_getfield(L, 1, "complete");
	lua_getfield(L, 1, "interrupted");
	lua_pushboolean(L, !errors && !lua_toboolean(L, -1) && lua_toboolean(L, -2));
	return 1;
}

static bool
all_there(struct engine *e, const struct key *const *keys, size_t n)
{
	bool error;

	for (size_t i = 0; i < n; i++)
		if (!engine_result(e, keys[i], &error))
			return false;
	return true;
}

/* {keep_going =, timeout = seconds} at 3 */
static void
read_options(lua_State *L, struct engine_options *o)
{
	luaL_checktype(L, 3, LUA_TTABLE);
	for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
		const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
		if (strcmp(name, "keep_going") == 0) {
			o->keep_going = lua_toboolean(L, -1);
		} else if (strcmp(name, "timeout") == 0) {
			lua_Number s = lua_tonumber(L, -1);
			if (lua_type(L, -1) != LUA_TNUMBER || !(s >= 0 && s < 1e9))
				luaL_error(L, "evaluate: timeout must be a number of seconds");
			o->timeout_ns = (int64_t)(s * 1e9);
		} else {
			luaL_error(L, "evaluate: unknown option '%s'", name);
		}
	}
}

static int
engine_lua_evaluate(lua_State *L)
{
	struct lua_engine *le = check_idle(L);
	struct engine_options o = { .keep_going = le->keep_going, .max_waiting = le->max_waiting };
	struct err e = ERR_INIT;
	size_t n;

	lua_settop(L, 3);
	if (!lua_isnil(L, 3))
		read_options(L, &o);
	const struct key **keys = check_keys(L, 2, &n);
	le->broken = false;
	if (!engine_evaluate(le->e, keys, n, &o, &e))
		return lua_err_raise(L, &e);
	if (le->broken) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, le->error_ref);
		luaL_unref(L, LUA_REGISTRYINDEX, le->error_ref);
		return lua_error(L);
	}
	lua_value_forget(L);
	push_result(L, le, keys, n);
	lua_pushboolean(L, all_there(le->e, keys, n));
	lua_setfield(L, -2, "complete");
	return 1;
}

/* known(keys) -> result: what the last evaluation has left of them, were they asked for
 * or not */
static int
engine_lua_known(lua_State *L)
{
	struct lua_engine *le = check_idle(L);
	size_t n;

	lua_settop(L, 2);
	const struct key **keys = check_keys(L, 2, &n);
	push_result(L, le, keys, n);
	lua_pushboolean(L, all_there(le->e, keys, n));
	lua_setfield(L, -2, "complete");
	return 1;
}

/* ---- changing ---- */

static int
engine_lua_inject(lua_State *L)
{
	struct lua_engine *le = check_idle(L);
	const struct key *key = lua_key_check(L, 2);
	const struct fn *fn = engine_fn(le->e, key->fn);

	luaL_argcheck(L, !lua_isnoneornil(L, 3), 3, "nil is no value");
	if (fn && !(fn->flags & FN_NONHERMETIC)) {
		struct str name = keys_fn_name(lua_home(L)->world->keys, key->fn);
		return luaL_error(L, "inject: %s is hermetic: its values come from its function "
		    "only (make it { hermetic = false, compute = ... })", name.p);
	}
	engine_inject(le->e, key, lua_value_to(L, 3, "the injected value"));
	return 0;
}

static int
engine_lua_invalidate(lua_State *L)
{
	struct lua_engine *le = check_idle(L);
	size_t n;
	const struct key **keys = check_keys(L, 2, &n);

	engine_invalidate(le->e, keys, n);
	return 0;
}

static int
engine_lua_invalidate_errors(lua_State *L)
{
	engine_invalidate_errors(check_idle(L)->e);
	return 0;
}

static int
engine_lua_delete(lua_State *L)
{
	struct lua_engine *le = check_idle(L);
	size_t n;
	const struct key **keys = check_keys(L, 2, &n);

	for (size_t i = 0; i < n; i++)
		engine_delete(le->e, keys[i]);
	return 0;
}

/* ---- looking ---- */

static void
push_groups(lua_State *L, struct graph *g, const struct node *n)
{
	lua_Integer group = 0;

	lua_newtable(L);
	for (uint32_t at = 0; at < n->ndeps;) {
		uint32_t count;
		const uint32_t *ids = group_next(n->deps, &at, &count);
		lua_createtable(L, (int)count, 0);
		for (uint32_t i = 0; i < count; i++) {
			lua_key_push(L, graph_node(g, ids[i])->key);
			lua_rawseti(L, -2, (lua_Integer)i + 1);
		}
		lua_rawseti(L, -2, ++group);
	}
}

/* The node of the key at 2; NULL: none.  Pushes a table with its dependencies. */
static struct node *
push_edges(lua_State *L, struct graph *g)
{
	uint32_t id = graph_find(g, lua_key_check(L, 2));

	if (id == NODE_NONE || !(graph_node(g, id)->flags & NODE_LISTED))
		return NULL;
	struct node *n = graph_node(g, id);
	lua_createtable(L, 0, 8);
	set_int(L, "changed_at", n->changed_at);
	set_int(L, "verified_at", n->verified_at);
	push_groups(L, g, n);
	lua_setfield(L, -2, "groups");
	return n;
}

/* version() -> of the newest evaluation, this process's or an earlier one's */
static int
engine_lua_version(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)engine_graph(check_engine(L)->e)->version);
	return 1;
}

/* replaced(key) -> had it another value before? */
static int
engine_lua_replaced(lua_State *L)
{
	const struct lua_engine *le = check_engine(L);

	lua_pushboolean(L, idset_has(&le->replaced, lua_key_check(L, 2)->id));
	return 1;
}

/* edges(key) -> node(key) without what it holds and who needs it, which may be much */
static int
engine_lua_edges(lua_State *L)
{
	return push_edges(L, engine_graph(check_engine(L)->e)) != NULL;
}

static int
engine_lua_node(lua_State *L)
{
	struct graph *g = engine_graph(check_engine(L)->e);
	struct node *n = push_edges(L, g);
	uint32_t count;

	if (!n)
		return 0;
	const uint32_t *r = graph_rdeps(g, n, &count);
	lua_createtable(L, (int)count, 0);
	for (uint32_t i = 0; i < count; i++) {
		lua_key_push(L, graph_node(g, r[i])->key);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "rdeps");
	lua_pushstring(L, node_state_name(node_state(n)));
	lua_setfield(L, -2, "state");
	if (n->value) {
		lua_value_push(L, n->value);
		lua_setfield(L, -2, node_is_error(n) ? "error" : "value");
	}
	if (n->extra && n->extra->recovered) {
		lua_value_push(L, n->extra->recovered);
		lua_setfield(L, -2, "recovered");
	}
	return 1;
}

static int
engine_lua_keys(lua_State *L)
{
	struct graph *g = engine_graph(check_engine(L)->e);
	lua_Integer n = 0;

	lua_newtable(L);
	for (uint32_t i = 0; i < g->nnodes; i++)
		if (graph_node(g, i)->flags & NODE_LISTED) {
			lua_key_push(L, graph_node(g, i)->key);
			lua_rawseti(L, -2, ++n);
		}
	return 1;
}

/* stats() -> {total, evaluated, checked, pruned, ..., stat_calls, fns = {NAME =
 * {evaluated, checked, done}}} of the last evaluation */
static int
engine_lua_stats(lua_State *L)
{
	struct lua_engine *le = check_engine(L);
	struct graph *g = engine_graph(le->e);

	push_stats(L, le->e);
	set_int(L, "total", graph_count(g));
	set_int(L, "stat_calls", fs_count().stats);
	lua_newtable(L);
	for (size_t i = 0; i < keys_fn_count(g->keys); i++) {
		const struct fn *fn = engine_fn(le->e, (uint16_t)i);
		if (!fn)
			continue;
		lua_createtable(L, 0, 3);
		set_int(L, "evaluated", fn->evaluated);
		set_int(L, "checked", fn->checked);
		set_int(L, "done", fn->done);
		lua_setfield(L, -2, fn->name.p);
	}
	lua_setfield(L, -2, "fns");
	return 1;
}

static int
engine_lua_interrupt(lua_State *L)
{
	engine_interrupt(check_engine(L)->e);
	return 0;
}

/* ---- trace ---- */

static const char *const event_names[] = {
	"enqueued", "dequeued", "waiting", "done", "signal", "ready", "cached", "clean", "pruned",
	"failed", "remembered"
};

void
lua_result_trace(void *arg, enum eval_event ev, uint32_t node, uint32_t other,
	const uint32_t *ids, uint32_t count)
{
	struct lua_engine *le = arg;
	struct graph *g = engine_graph(le->e);
	const struct node *n = graph_node(g, node);
	lua_State *L = le->L;

	if (le->broken)
		return;
	lua_rawgeti(L, LUA_REGISTRYINDEX, le->trace_ref);
	lua_createtable(L, 0, 4);
	lua_pushstring(L, event_names[ev]);
	lua_setfield(L, -2, "event");
	lua_key_push(L, n->key);
	lua_setfield(L, -2, "key");
	if (other != NODE_NONE) {
		lua_key_push(L, graph_node(g, other)->key);
		lua_setfield(L, -2, "parent");
	}
	if (ev == EVAL_SIGNAL)
		set_int(L, "remaining", count);
	if ((ev == EVAL_FINISHED || ev == EVAL_FAILED || ev == EVAL_CACHED) && n->value) {
		lua_value_push(L, n->value);
		lua_setfield(L, -2, node_is_error(n) ? "error" : "value");
	}
	if (ev == EVAL_WAITING) {
		lua_createtable(L, (int)count, 0);
		for (uint32_t i = 0; i < count; i++) {
			lua_key_push(L, graph_node(g, ids[i])->key);
			lua_rawseti(L, -2, (lua_Integer)i + 1);
		}
		lua_setfield(L, -2, "deps");
	}
	if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
		le->broken = true;
		le->error_ref = luaL_ref(L, LUA_REGISTRYINDEX);
		engine_interrupt(le->e);
	}
}

void
lua_result_methods(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "evaluate", engine_lua_evaluate }, { "known", engine_lua_known },
		{ "inject", engine_lua_inject },
		{ "invalidate", engine_lua_invalidate },
		{ "invalidate_errors", engine_lua_invalidate_errors },
		{ "delete", engine_lua_delete }, { "node", engine_lua_node },
		{ "edges", engine_lua_edges }, { "version", engine_lua_version },
		{ "replaced", engine_lua_replaced },
		{ "keys", engine_lua_keys }, { "stats", engine_lua_stats },
		{ "interrupt", engine_lua_interrupt }, { NULL, NULL },
	};
	static const luaL_Reg result[] = {
		{ "ok", result_ok }, { "value", result_value }, { "error", result_error },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, methods, 0);
	luaL_newmetatable(L, "skylua.result");
	luaL_newlib(L, result);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
}
