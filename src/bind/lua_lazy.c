/* lua_lazy.c -- stand-ins for undecoded parts of values (lua_lazy.h). */
#include "bind/lua_lazy.h"

#include <lauxlib.h>

#include "bind/lua_value.h"

#define LAZY_TYPE "skylua.lazy"

/* Below this many bytes a table costs no more than its stand-in. */
enum { SMALLEST = 96 };

struct lazy {
	struct value *root;        /* a reference */
	struct vr at;              /* just this part */
};

bool
lua_lazy_push(lua_State *L, const struct value *root, struct vr *r)
{
	struct vr after = *r;

	if ((size_t)(r->end - r->p) < SMALLEST)
		return false;
	vr_skip(&after);
	if ((size_t)(after.p - r->p) < SMALLEST)
		return false;
	struct lazy *z = lua_newuserdatauv(L, sizeof(*z), 0);
	z->root = value_ref(root);
	z->at = (struct vr){ r->p, after.p, r->kid };
	luaL_setmetatable(L, LAZY_TYPE);
	*r = after;
	return true;
}

void
lua_lazy_decode(lua_State *L)
{
	struct lazy *z = lua_touserdata(L, -1);
	struct vr r = z->at;

	lua_value_push_table(L, z->root, &r);
	lua_remove(L, -2);
}

bool
lua_lazy_encode(lua_State *L, int index, struct vb *b)
{
	const struct lazy *z = luaL_testudata(L, index, LAZY_TYPE);

	if (!z)
		return false;
	struct value *part = vr_copy(&z->at);
	vb_value(b, part);
	value_unref(part);
	return true;
}

static int
lazy_gc(lua_State *L)
{
	struct lazy *z = lua_touserdata(L, 1);

	value_unref(z->root);
	z->root = NULL;
	return 0;
}

void
lua_lazy_open(lua_State *L)
{
	luaL_newmetatable(L, LAZY_TYPE);
	lua_pushcfunction(L, lazy_gc);
	lua_setfield(L, -2, "__gc");
	lua_pop(L, 1);
}
