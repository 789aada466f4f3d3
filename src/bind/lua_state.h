/* lua_state.h -- Lua states: what the process gives each, embedded modules.
 *
 * The only floor that includes lua.h.  Comments end with the stack effect of a
 * function as in the Lua manual: [-popped, +pushed].
 */
#ifndef SKY_BIND_LUA_STATE_H
#define SKY_BIND_LUA_STATE_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "bind/lua_alloc.h"
#include "bind/world.h"
#include "eval/pool.h"

enum { LUA_FN_CACHE = 64 };

/* What a Lua state belongs to; found from any of its threads. */
struct lua_home {
	struct world *world;
	struct worker *worker;        /* NULL: the main state */
	struct vb scratch;            /* for building keys and values */
	bool plain;                   /* decode to ordinary tables, not frozen ones */
	int root_fd;                  /* workspace of the engine of this state; -1 */
	struct lua_alloc alloc;       /* the state's memory */
	uint16_t fn_ids[LUA_FN_CACHE];   /* names met lately (lua_key.c); id + 1 */
};

static inline struct lua_home *
lua_home(lua_State *L)
{
	return *(struct lua_home **)lua_getextraspace(L);
}

/* A state with the standard libraries, `core` and the embedded modules; dies
 * when there is no memory. */
lua_State *lua_state_new(struct world *w, struct worker *worker);
void lua_state_free(lua_State *L);
/* A traceback handler for lua_pcall. */
int lua_state_traceback(lua_State *L);
/* The embedded (or, while developing, on-disk) file; false: none.  Memory is
 * `hold`'s or static. */
bool lua_state_file(struct str name, struct str *text, struct buf *hold);
bool lua_state_file_digest(struct str name, struct digest *out);

#endif
