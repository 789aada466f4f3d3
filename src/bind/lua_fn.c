/* lua_fn.c -- running Lua node functions.
 *
 * Each evaluator has a state with the functions' module loaded.  A function
 * runs in a coroutine; coroutines and their env objects are pooled.  In restart
 * mode a function that meets something missing is thrown away and called again
 * when it is there.
 */
#include "bind/lua_fn.h"

#include <signal.h>

#include "base/die.h"
#include "bind/lua_err.h"
#include "bind/lua_value.h"
#include "eval/errval.h"

/* The runner's data: one evaluator's state. */
struct fn_state {
	lua_State *L;
	struct worker *worker;
	struct lua_functions *from;
	int fns_ref;                  /* table: function id + 1 -> function */
	struct lua_call *free;
	struct value *broken;         /* the module could not be loaded: why */
	uint64_t evaluation;
};

/* ---- loading ---- */

void
lua_fn_load(lua_State *L, const struct lua_functions *f)
{
	if (!f->path) {
		lua_getglobal(L, "require");
		lua_pushliteral(L, "nodes.init");
	} else {
		lua_pushfstring(L, "@%s", f->path);
		if (luaL_loadbufferx(L, f->text, f->size, lua_tostring(L, -1), "t") != LUA_OK)
			lua_error(L);
		lua_remove(L, -2);
		lua_pushstring(L, f->path);
	}
	lua_call(L, 1, 1);
	if (!lua_istable(L, -1))
		luaL_error(L, "%s returned a %s; wanted a table of node functions",
		    f->path ? f->path : "nodes.init", luaL_typename(L, -1));
}

/* NAME -> function or {hermetic=, compute=}: fills the table of functions. */
static int
load_functions(lua_State *L)
{
	struct fn_state *s = lua_touserdata(L, 1);
	struct keys *keys = s->from->world->keys;

	lua_newtable(L);
	lua_fn_load(L, s->from);
	for (lua_pushnil(L); lua_next(L, 3); lua_settop(L, 4)) {
		struct str name;
		if (lua_type(L, 4) != LUA_TSTRING)
			continue;
		name.p = lua_tolstring(L, 4, &name.n);
		if (lua_istable(L, 5))
			lua_getfield(L, 5, "compute");
		lua_rawseti(L, 2, keys_fn(keys, name) + 1);
	}
	lua_settop(L, 2);
	s->fns_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

static void *
state_open(void *arg, struct worker *w)
{
	struct lua_functions *from = arg;
	struct fn_state *s = mem_zalloc(sizeof(*s));

	s->from = from;
	s->worker = w;
	s->L = lua_state_new(from->world, w);
	lua_pushcfunction(s->L, load_functions);
	lua_pushlightuserdata(s->L, s);
	if (lua_pcall(s->L, 1, 0, 0) != LUA_OK) {
		s->broken = lua_err_value(s->L, -1);
		lua_settop(s->L, 0);
	}
	return s;
}

static void
state_close(void *data)
{
	struct fn_state *s = data;

	lua_state_free(s->L);
	for (struct lua_call *c = s->free, *next; c; c = next) {
		next = c->next;
		mem_free(c);
	}
	value_unref(s->broken);
	mem_free(s);
}

/* ---- calls ---- */

static struct lua_call *
call_new(struct fn_state *s)
{
	struct lua_call *c = s->free;

	if (c) {
		s->free = c->next;
		return c;
	}
	c = mem_zalloc(sizeof(*c));
	c->co = lua_newthread(s->L);
	c->ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
	struct lua_env_box *box = lua_newuserdatauv(s->L, sizeof(*box), 0);
	*box = (struct lua_env_box){ LUA_ENV_MARK, c };
	luaL_setmetatable(s->L, ENV_TYPE);
	c->env_ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
	c->state_ref = c->forks_ref = LUA_NOREF;
	c->env.w = s->worker;
	return c;
}

static void
drop_ref(struct fn_state *s, int *ref)
{
	if (*ref == LUA_NOREF)
		return;
	luaL_unref(s->L, LUA_REGISTRYINDEX, *ref);
	*ref = LUA_NOREF;
}

static void
call_free(struct fn_state *s, struct lua_call *c)
{
	drop_ref(s, &c->state_ref);
	drop_ref(s, &c->forks_ref);
	c->env.t = NULL;
	c->next = s->free;
	s->free = c;
}

/* Back to a coroutine that can be started: closes what is pending in it. */
static void
rewind_co(struct fn_state *s, struct lua_call *c)
{
	bool suspended = lua_status(c->co) == LUA_YIELD;

	if (lua_status(c->co) != LUA_OK)
		lua_resetthread(c->co);
	lua_settop(c->co, 0);
	if (!suspended)
		return;
	/* Lua 5.4.4 keeps the message handler of an xpcall that it was suspended in:
	 * the next error in this coroutine would call whatever stands there then. */
	c->co = lua_newthread(s->L);
	lua_rawseti(s->L, LUA_REGISTRYINDEX, c->ref);
}

static void
end(struct fn_state *s, struct task *t, bool error, struct value *take)
{
	struct lua_call *c = t->co;

	env_finish(&c->env, error, take);
	rewind_co(s, c);
	t->co = NULL;
	call_free(s, c);
}

static struct value *
misuse(struct fn_state *s, const struct task *t, const char *what)
{
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	key_print(&b, s->from->world->keys, t->key);
	err_set(&e, ERR_FUNCTION, "%.*s: %s", STR_ARG(buf_str(&b)), what);
	struct value *v = errval_of(&e);
	err_fini(&e);
	buf_fini(&b);
	return v;
}

/* The function has returned; its result is on top of the coroutine. */
static void
returned(struct fn_state *s, struct task *t, int nres)
{
	struct lua_call *c = t->co;
	struct buf why = BUF_INIT;
	struct vb *b = &lua_home(s->L)->scratch;

	if (nres == 0)
		lua_pushnil(c->co);
	int at = lua_gettop(c->co) - (nres > 1 ? nres - 1 : 0);
	if (lua_fork_open_branches(s->L, c)) {
		end(s, t, true, misuse(s, t, "the function ended without env:join() for "
		    "what it began with env:fork"));
	} else if (!lua_isnil(c->co, at)) {
		if (lua_value_encode(c->co, at, b, &why)) {
			end(s, t, false, vb_finish(b));
			return;
		}
		buf_printf(&why, " (a node's value is plain data)");
		struct value *v = misuse(s, t, why.p);
		buf_fini(&why);
		end(s, t, true, v);
	} else if (t->missing > 0 && !(t->bubbling && c->env.dep_error)) {
		t->restart = true;
		t->reply = TASK_NEED;
		rewind_co(s, c);
	} else if (c->env.dep_error) {
		end(s, t, true, value_ref(c->env.dep_error));
	} else {
		end(s, t, true,
		    misuse(s, t, "the function returned nil although nothing was missing"));
	}
}

static void
suspended(struct fn_state *s, struct task *t)
{
	struct lua_call *c = t->co;

	if (!c->asking) {
		end(s, t, true, misuse(s, t, "coroutine.yield inside a node function"));
		return;
	}
	t->reply = TASK_NEED;
	t->restart = s->worker->pool->restart;
	if (t->restart)
		rewind_co(s, c);
}

/* ---- being cut short ---- */

static _Thread_local lua_State *volatile running_co;
static _Thread_local volatile sig_atomic_t was_nudged, missed_nudge;

lua_State *
lua_fn_running(lua_State *co)
{
	lua_State *before = running_co;

	running_co = co;
	return before;
}

/* Raised again at every instruction, so that no pcall keeps it. */
static void
stop_hook(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	luaL_error(L, "interrupted");
}

/* In a signal handler: lua_sethook is one of the few things that may be called. */
static void
nudge(void)
{
	lua_State *co = running_co;

	missed_nudge = 1;
	if (!co)
		return;
	was_nudged = 1;
	lua_sethook(co, stop_hook, LUA_MASKCOUNT, 1);
}

/* What is cut off half way here could not be made up for by being called again. */
int
lua_fn_undisturbed(lua_State *L)
{
	lua_State *co = lua_fn_running(NULL);

	missed_nudge = 0;
	int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
	lua_fn_running(co);
	if (missed_nudge)
		nudge();
	return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* The answer of a function that was not let run to its end: to be called again,
 * when somebody still wants it. */
static void
cut_short(struct fn_state *s, struct task *t)
{
	struct lua_call *c = t->co;

	was_nudged = 0;
	lua_sethook(c->co, NULL, 0, 0);
	t->reply = TASK_NEED;
	t->restart = true;
	rewind_co(s, c);
}

static bool
is_unwanted(const struct fn_state *s, const struct task *t)
{
	return atomic_load(&s->worker->pool->stopping) && !t->drain && !t->bubbling;
}

static void
resume(struct fn_state *s, struct task *t, int nargs)
{
	struct lua_call *c = t->co;
	int nres = 0, status = LUA_OK;

	c->asking = false;
	running_co = c->co;
	bool unwanted = is_unwanted(s, t);      /* looked at when a nudge finds running_co */
	if (!unwanted)
		status = lua_resume(c->co, s->L, nargs, &nres);
	running_co = NULL;
	if (unwanted || was_nudged) {
		cut_short(s, t);
		return;
	}
	if (status == LUA_YIELD) {
		lua_pop(c->co, nres);
		suspended(s, t);
	} else if (status == LUA_OK) {
		returned(s, t, nres);
	} else {
		end(s, t, true, lua_err_value(c->co, -1));
	}
}

/* A state between restarts is only a cache: with a seed it vanishes now and then,
 * so that whoever relies on it finds out. */
static bool
drops_state(const struct fn_state *s, const struct task *t)
{
	const struct pool *p = s->worker->pool;
	uint64_t mix = (p->seed + t->asked.n) * UINT64_C(0x9e3779b97f4a7c15) + t->key->hash;

	return p->seeded && (mix >> 60) < 4;
}

static void
begin(struct fn_state *s, struct task *t)
{
	struct lua_call *c = t->co;
	struct vr arg = key_arg(t->key);

	t->replay = 0;
	t->missing = 0;
	t->restart = false;
	c->env.dep_error = NULL;
	value_unref(t->met);
	t->met = NULL;
	env_forget_warnings(&c->env);
	drop_ref(s, &c->forks_ref);
	if (t->bubbling || drops_state(s, t))
		drop_ref(s, &c->state_ref);
	lua_rawgeti(c->co, LUA_REGISTRYINDEX, s->fns_ref);
	lua_rawgeti(c->co, -1, t->key->fn + 1);
	lua_remove(c->co, -2);
	lua_rawgeti(c->co, LUA_REGISTRYINDEX, c->env_ref);
	lua_value_push_at(c->co, &arg);
	resume(s, t, 2);
}

static void
step(void *data, struct task *t)
{
	struct fn_state *s = data;

	if (s->evaluation != s->worker->pool->evaluation) {
		s->evaluation = s->worker->pool->evaluation;
		lua_value_forget(s->L);
	}
	/* no call: it had ended, in an error that counts only when all is there */
	if (t->cmd == TASK_START || !t->co) {
		struct lua_call *c = call_new(s);
		c->env.t = t;
		t->co = c;
		if (s->broken) {
			end(s, t, true, value_ref(s->broken));
			return;
		}
		begin(s, t);
	} else if (t->restart) {
		begin(s, t);
	} else {
		resume(s, t, 0);
	}
}

static void
drop(void *data, struct task *t)
{
	struct lua_call *c = t->co;

	rewind_co(data, c);
	t->co = NULL;
	call_free(data, c);
}

void
lua_fn_runner(struct lua_functions *f)
{
	f->vtable = (struct runner){
		.arg = f, .open = state_open, .close = state_close, .step = step, .drop = drop,
		.nudge = nudge,
	};
	f->runner = &f->vtable;
}
