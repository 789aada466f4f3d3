/* lua_fn.h -- node functions written in Lua: coroutines on evaluator threads. */
#ifndef SKY_BIND_LUA_FN_H
#define SKY_BIND_LUA_FN_H

#include "bind/lua_state.h"

/* Where an engine's Lua functions come from; constant while evaluators run. */
struct lua_functions {
	struct world *world;
	char *path;               /* owned: a file, or NULL: the build's own (nodes.init) */
	char *text;               /* owned: its text, read once */
	size_t size;
	int root_fd;
	const struct runner *runner;
	struct runner vtable;
};

/* Fills f->vtable; f must outlive the engine's pool. */
void lua_fn_runner(struct lua_functions *f);
/* Loads the module and leaves its table of functions on the stack; raises. [-0, +1] */
void lua_fn_load(lua_State *L, const struct lua_functions *f);

/* Metatable of env objects; once per evaluator state. [-0, +0] */
void lua_env_open(lua_State *L);

/* One activation of a Lua node function (a task's `co`). */
struct lua_call {
	lua_State *co;            /* its coroutine; NULL between restarts */
	int ref;                  /* keeps `co` alive */
	int env_ref;              /* keeps the env object alive */
	int state_ref;            /* env:state(); LUA_NOREF: none */
	struct env env;           /* env.t NULL: not running */
	struct lua_call *next;    /* free list */
};

#endif
