/* lua_alloc.h -- memory of one Lua state.
 *
 * A state belongs to one thread and makes and drops small objects all the time:
 * they come from free lists by size, without a lock or a header.  What a state
 * has taken is used again by it and goes back when it is closed.
 */
#ifndef SKY_BIND_LUA_ALLOC_H
#define SKY_BIND_LUA_ALLOC_H

#include "base/arena.h"

enum { LUA_ALLOC_STEP = 16, LUA_ALLOC_CLASSES = 32 };   /* up to 512 bytes */

struct lua_alloc {
	struct arena arena;
	void *free[LUA_ALLOC_CLASSES];   /* linked through their first word */
};

void lua_alloc_init(struct lua_alloc *a);
void lua_alloc_fini(struct lua_alloc *a);
/* A lua_Alloc; `ud` is the struct lua_alloc. */
void *lua_alloc_fn(void *ud, void *p, size_t old, size_t size);

#endif
