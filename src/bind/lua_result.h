/* lua_result.h -- evaluating from Lua: methods of engines, results, traces. */
#ifndef SKY_BIND_LUA_RESULT_H
#define SKY_BIND_LUA_RESULT_H

#include "bind/lua_fn.h"
#include "eval/engine.h"

#define ENGINE_TYPE "skylua.engine"

/* An engine as userdata of the main state. */
struct lua_engine {
	struct engine *e;             /* NULL: closed */
	lua_State *L;
	struct lua_functions functions;
	char *root;                   /* owned */
	struct claims *claims;        /* owned; NULL: no build */
	struct places *places;        /* the same */
	struct steady *steady;        /* the same */
	struct stale *stale;          /* owned; NULL: no build */
	struct idset replaced;        /* ids of keys with another value than before (FN_KEPT) */
	struct host_cache *cache;     /* owned; NULL: none */
	struct sandbox *sandbox;      /* owned; NULL: actions are free */
	int root_fd;
	bool build, keep_going;
	uint32_t max_waiting;         /* 0: the default */
	bool broken;                  /* an observer has raised: error_ref */
	int observer_ref, trace_ref, error_ref;
};

/* Sets evaluate inject invalidate ... in the table on top. [-0, +0] */
void lua_result_methods(lua_State *L);
/* engine_observer.trace: tells the engine's trace function. */
void lua_result_trace(void *arg, enum eval_event ev, uint32_t node, uint32_t other,
	const uint32_t *ids, uint32_t count);

#endif
