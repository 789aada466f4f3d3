/* lua_alloc.c -- size classes of 16 bytes, carved from an arena. */
#include "bind/lua_alloc.h"

#include "base/die.h"

enum { LARGEST = LUA_ALLOC_STEP * LUA_ALLOC_CLASSES };

void
lua_alloc_init(struct lua_alloc *a)
{
	memset(a, 0, sizeof(*a));
	arena_init(&a->arena);
}

void
lua_alloc_fini(struct lua_alloc *a)
{
	arena_fini(&a->arena);
}

static size_t
class_of(size_t size)
{
	return (size - 1) / LUA_ALLOC_STEP;
}

static void *
small_new(struct lua_alloc *a, size_t class)
{
	void *p = a->free[class];

	if (!p)
		return arena_alloc_raw(&a->arena, (class + 1) * LUA_ALLOC_STEP, LUA_ALLOC_STEP);
	memcpy(&a->free[class], p, sizeof(p));
	return p;
}

static void
small_free(struct lua_alloc *a, void *p, size_t class)
{
	memcpy(p, &a->free[class], sizeof(p));
	a->free[class] = p;
}

static void *
take(struct lua_alloc *a, size_t size)
{
	return size <= LARGEST ? small_new(a, class_of(size)) : mem_alloc(size);
}

static void
give(struct lua_alloc *a, void *p, size_t size)
{
	if (size <= LARGEST)
		small_free(a, p, class_of(size));
	else
		mem_free(p);
}

/* For a new object Lua passes its type as the old size. */
void *
lua_alloc_fn(void *ud, void *p, size_t old, size_t size)
{
	struct lua_alloc *a = ud;

	if (!p)
		return size > 0 ? take(a, size) : NULL;
	if (size == 0) {
		if (old > 0)
			give(a, p, old);
		return NULL;
	}
	if (old > LARGEST && size > LARGEST)
		return mem_realloc(p, size);
	if (old <= LARGEST && size <= LARGEST && class_of(old) == class_of(size))
		return p;
	void *q = take(a, size);
	memcpy(q, p, old < size ? old : size);
	give(a, p, old);
	return q;
}
