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

#define ENV_TYPE "skylua.env"

/* Metatable of env objects; once per evaluator state. [-0, +0] */
void lua_env_open(lua_State *L);

/* One activation of a Lua node function (a task's `co`). */
struct lua_call {
	lua_State *co;            /* its coroutine; NULL between restarts */
	int ref;                  /* keeps `co` alive */
	int env_ref;              /* keeps the env object alive */
	int state_ref;            /* env:state(); LUA_NOREF: none */
	int forks_ref;            /* what env:fork has begun; LUA_NOREF: nothing */
	bool asking;              /* it yields for a value, not of its own accord */
	struct env env;           /* env.t NULL: not running */
	struct lua_call *next;    /* free list */
};

/* The env object of a call, a userdata. */
struct lua_env_box {
	uint64_t mark;            /* LUA_ENV_MARK */
	struct lua_call *call;
};
#define LUA_ENV_MARK UINT64_C(0x736b79656e763031)

/* The call behind the env object at 1; raises when it is none, or has ended. */
struct lua_call *lua_env_call(lua_State *L);

/* ---- lua_fork.c: look-ups inside functions begun with env:fork ---- */

/* Sets branch, batch, ... for lua/skylua/fork.lua, and the methods fork and join it
 * makes of them, in the table of methods on top. [-0, +0] */
void lua_fork_open(lua_State *L);
/* Is this coroutine a forked function's?  Raises when it is a coroutine that a
 * node function has made itself. [-0, +0] */
bool lua_fork_is_branch(lua_State *L, const struct lua_call *c);
enum { LUA_ASK_ONE = 1, LUA_ASK_ERRORS = 2 };
/* In a branch: hands the key or list at 2 to env:join and suspends until that has
 * the answers. */
int lua_fork_ask(lua_State *L, int how);
/* The coroutine that runs from now on, for pool_cut_short; returns the one until
 * now.  NULL: none. */
lua_State *lua_fn_running(lua_State *co);
/* undisturbed(f, ...) -> f's results: an evaluation that stops waits for its end, which
 * must be near. For what is done once, such as loading a module. */
int lua_fn_undisturbed(lua_State *L);
/* Forked functions that have not been joined. [-0, +0] */
bool lua_fork_open_branches(lua_State *L, const struct lua_call *c);
/* A batch for several branches: the list at 2, its real table at 3 (lua_env.c). */
int lua_env_batch(lua_State *L);
int lua_env_stop(lua_State *L);

#endif
