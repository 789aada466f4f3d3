/* lua_tag.c -- frozen tables, tagged objects, depsets.
 *
 * A frozen object is a table with one hidden field (a light userdata key) that
 * holds the real table; all objects of one tag share a metatable.  The
 * metatable's own hidden field holds the tag's name, which is how C knows a
 * frozen object from any other table.
 */
#include "bind/lua_tag.h"

#include "bind/lua_iter.h"
#include "bind/lua_lazy.h"
#include "bind/lua_value.h"

static char real_key;        /* in an object: its real table */
static char name_key;        /* in a metatable: the tag */
static char tags_key;        /* registry: tag -> metatable */
static char methods_key;     /* registry: tag or its first part -> methods */

#define DEPSET_TYPE "skylua.depset"

/* Its content, decoded now if need be; the type of what is pushed. */
static int
push_real(lua_State *L, int index)
{
	int type = lua_rawgetp(L, index, &real_key);

	if (type != LUA_TUSERDATA)
		return type;
	lua_lazy_decode(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, index, &real_key);
	return LUA_TTABLE;
}

bool
lua_tag_lazy(lua_State *L, int index)
{
	bool lazy = lua_rawgetp(L, index, &real_key) == LUA_TUSERDATA;

	if (!lazy)
		lua_pop(L, 1);
	return lazy;
}

/* ---- metamethods: the object is at 1 ---- */

static int
frozen_index(lua_State *L)
{
	if (push_real(L, 1) != LUA_TTABLE)
		return 0;
	lua_pushvalue(L, 2);
	lua_rawget(L, -2);
	return 1;
}

/* upvalues: methods, methods.__missing */
static int
tagged_index(lua_State *L)
{
	if (push_real(L, 1) == LUA_TTABLE) {
		lua_pushvalue(L, 2);
		if (lua_rawget(L, -2) != LUA_TNIL)
			return 1;
	}
	if (lua_istable(L, lua_upvalueindex(1))) {
		lua_pushvalue(L, 2);
		if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
			return 1;
		if (!lua_isnil(L, lua_upvalueindex(2))) {
			lua_pushvalue(L, lua_upvalueindex(2));
			lua_pushvalue(L, 1);
			lua_pushvalue(L, 2);
			lua_call(L, 2, 1);
			return 1;
		}
	}
	return 0;
}

static int
frozen_newindex(lua_State *L)
{
	struct str tag = STR("");

	lua_tag_of(L, 1, &tag);
	const char *what = tag.n > 0 ? tag.p : "this table";
	return luaL_error(L, "%s is frozen: cannot set '%s'", what, luaL_tolstring(L, 2, NULL));
}

static int
frozen_len(lua_State *L)
{
	push_real(L, 1);
	lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
	return 1;
}

static int
tagged_eq(lua_State *L)
{
	struct vb *b = &lua_home(L)->scratch;
	struct str ta, tb;

	if (!lua_tag_of(L, 1, &ta) || !lua_tag_of(L, 2, &tb) || !str_eq(ta, tb) || ta.n == 0) {
		lua_pushboolean(L, lua_rawequal(L, 1, 2));
		return 1;
	}
	bool eq = false;
	if (lua_value_encode(L, 1, b, NULL)) {
		struct value *v = vb_finish(b);
		if (lua_value_encode(L, 2, b, NULL)) {
			struct value *w = vb_finish(b);
			eq = value_eq(v, w);
			value_unref(w);
		}
		value_unref(v);
	}
	lua_pushboolean(L, eq);
	return 1;
}

/* ---- metatables ---- */

/* The methods for a tag: its own, or those of the part before ":". [-0, +1] */
static void
push_methods(lua_State *L, struct str tag)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &methods_key);
	lua_pushlstring(L, tag.p, tag.n);
	if (lua_rawget(L, -2) == LUA_TNIL) {
		const char *colon = memchr(tag.p, ':', tag.n);
		lua_pop(L, 1);
		lua_pushlstring(L, tag.p, colon ? (size_t)(colon - tag.p) : tag.n);
		lua_rawget(L, -2);
	}
	lua_remove(L, -2);
}

static void
set_fn(lua_State *L, const char *name, lua_CFunction f)
{
	lua_pushcfunction(L, f);
	lua_setfield(L, -2, name);
}

/* [-0, +1] */
static void
new_metatable(lua_State *L, struct str tag)
{
	lua_createtable(L, 0, 8);
	lua_pushlstring(L, tag.p, tag.n);
	lua_rawsetp(L, -2, &name_key);
	set_fn(L, "__newindex", frozen_newindex);
	set_fn(L, "__len", frozen_len);
	set_fn(L, "__pairs", lua_iter_pairs);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	if (tag.n == 0) {
		set_fn(L, "__index", frozen_index);
		return;
	}
	set_fn(L, "__eq", tagged_eq);
	lua_pushlstring(L, tag.p, tag.n);
	lua_setfield(L, -2, "__name");
	push_methods(L, tag);
	if (lua_istable(L, -1)) {
		lua_getfield(L, -1, "__tostring");
		lua_setfield(L, -3, "__tostring");
		lua_getfield(L, -1, "__missing");
	} else {
		lua_pushnil(L);
	}
	lua_pushcclosure(L, tagged_index, 2);
	lua_setfield(L, -2, "__index");
}

void
lua_tag_wrap(lua_State *L, struct str tag)
{
	lua_createtable(L, 0, 1);
	lua_insert(L, -2);
	lua_rawsetp(L, -2, &real_key);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &tags_key);
	lua_pushlstring(L, tag.p, tag.n);
	if (lua_rawget(L, -2) == LUA_TNIL) {
		lua_pop(L, 1);
		new_metatable(L, tag);
		lua_pushlstring(L, tag.p, tag.n);
		lua_pushvalue(L, -2);
		lua_rawset(L, -4);
	}
	lua_setmetatable(L, -3);
	lua_pop(L, 1);
}

bool
lua_tag_of(lua_State *L, int index, struct str *tag)
{
	*tag = STR("");
	if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
		return false;
	bool ours = lua_rawgetp(L, -1, &name_key) == LUA_TSTRING;
	if (ours)
		tag->p = lua_tolstring(L, -1, &tag->n);
	lua_pop(L, 2);
	return ours;
}

void
lua_value_raw(lua_State *L, int index)
{
	struct str tag;

	index = lua_absindex(L, index);
	if (lua_tag_of(L, index, &tag))
		push_real(L, index);
	else
		lua_pushvalue(L, index);
}

bool
lua_value_is_frozen(lua_State *L, int index)
{
	struct str tag;

	return lua_tag_of(L, index, &tag);
}

/* ---- depsets ---- */

const struct value *
lua_tag_depset(lua_State *L, int index)
{
	struct value **p = luaL_testudata(L, index, DEPSET_TYPE);

	return p ? *p : NULL;
}

void
lua_tag_push_depset(lua_State *L, struct value *take)
{
	struct value **p = lua_newuserdatauv(L, sizeof(*p), 0);

	*p = take;
	luaL_setmetatable(L, DEPSET_TYPE);
}

static int
depset_gc(lua_State *L)
{
	struct value **p = luaL_checkudata(L, 1, DEPSET_TYPE);

	value_unref(*p);
	*p = NULL;
	return 0;
}

struct listing {
	lua_State *L;
	lua_Integer n;
};

static void
list_item(void *arg, struct vr item)
{
	struct listing *l = arg;

	lua_value_push_at(l->L, &item);
	lua_rawseti(l->L, -2, ++l->n);
}

static int
depset_to_list(lua_State *L)
{
	struct value **p = luaL_checkudata(L, 1, DEPSET_TYPE);
	struct listing l = { L, 0 };

	lua_newtable(L);
	depset_walk(*p, list_item, &l);
	return 1;
}

static int
depset_eq(lua_State *L)
{
	const struct value *a = lua_tag_depset(L, 1), *b = lua_tag_depset(L, 2);

	lua_pushboolean(L, a && b && value_eq(a, b));
	return 1;
}

static int
depset_tostring(lua_State *L)
{
	struct buf b = BUF_INIT;

	value_print(&b, lua_tag_depset(L, 1), 400);
	lua_pushlstring(L, b.p, b.n);
	buf_fini(&b);
	return 1;
}

static struct value *
child(lua_State *L, int list, lua_Integer i)
{
	lua_rawgeti(L, list, i);
	const struct value *d = lua_tag_depset(L, -1);
	if (!d)
		luaL_error(L, "depset: transitive[%I] is a %s, not a depset", i,
		    luaL_typename(L, -1));
	lua_pop(L, 1);
	return (struct value *)(uintptr_t)d;
}

/* core.depset(direct, transitive, order) */
static int
core_depset(lua_State *L)
{
	static const char *const orders[] = { "postorder", "preorder", "topological", NULL };
	int order = luaL_checkoption(L, 3, "postorder", orders);
	struct vb *b = &lua_home(L)->scratch;
	struct buf why = BUF_INIT;

	lua_settop(L, 2);
	for (int i = 1; i <= 2; i++) {
		if (lua_isnil(L, i))
			lua_newtable(L);
		else
			lua_value_raw(L, i);
		luaL_checktype(L, -1, LUA_TTABLE);
	}
	size_t ndirect = lua_rawlen(L, 3), nkids = lua_rawlen(L, 4);
	struct value **kids = lua_newuserdatauv(L, (nkids + 1) * sizeof(kids[0]), 0);
	for (size_t i = 0; i < nkids; i++)
		kids[i] = child(L, 4, (lua_Integer)i + 1);
	vb_depset_node(b, (enum depset_order)order, ndirect);
	for (size_t i = 1; i <= ndirect; i++) {
		lua_rawgeti(L, 3, (lua_Integer)i);
		bool ok = lua_value_encode(L, -1, b, &why);
		if (!ok || b->nkids > 0) {
			lua_pushstring(L, ok ? "it holds a depset" : why.p);
			vb_fini(b);
			buf_fini(&why);
			return luaL_error(L, "depset: direct[%d] cannot be an item: %s", (int)i,
			    lua_tostring(L, -1));
		}
		lua_pop(L, 1);
	}
	vb_transitive(b, kids, nkids);
	lua_tag_push_depset(L, vb_finish(b));
	return 1;
}

static int
core_is_depset(lua_State *L)
{
	lua_pushboolean(L, lua_tag_depset(L, 1) != NULL);
	return 1;
}

/* ---- freezing ---- */

/* Replaces the table on top by a frozen deep copy.  [-1, +1] */
static void
freeze_top(lua_State *L, int depth)
{
	struct str tag;

	if (lua_type(L, -1) != LUA_TTABLE || lua_tag_of(L, -1, &tag))
		return;
	if (lua_getmetatable(L, -1)) {
		lua_pop(L, 1);
		return;
	}
	if (depth > 150)
		luaL_error(L, "freeze: nested too deeply, or in a cycle");
	luaL_checkstack(L, 8, "freeze");
	int t = lua_gettop(L);
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, t);) {
		freeze_top(L, depth + 1);
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, t + 1);
	}
	lua_tag_wrap(L, STR(""));
	lua_remove(L, t);
}

static int
core_freeze(lua_State *L)
{
	lua_settop(L, 1);
	freeze_top(L, 0);
	return 1;
}

static int
core_is_frozen(lua_State *L)
{
	lua_pushboolean(L, lua_value_is_frozen(L, 1));
	return 1;
}

static int
core_raw(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_value_raw(L, 1);
	return 1;
}

/* core.tag(name, methods): before the first object, which would go without them */
static int
core_tag(lua_State *L)
{
	const char *name, *tag = luaL_checkstring(L, 1);
	size_t n = strlen(tag);

	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &tags_key);
	for (lua_pushnil(L); lua_next(L, 3); lua_settop(L, 4)) {
		name = lua_tostring(L, 4);
		if (strncmp(name, tag, n) == 0 && (name[n] == '\0' || name[n] == ':'))
			luaL_error(L, "core.tag: there are objects of '%s' already", tag);
	}
	lua_settop(L, 2);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &methods_key);
	lua_insert(L, 1);
	lua_rawset(L, 1);
	return 0;
}

/* core.make(tag, fields) */
static int
core_make(lua_State *L)
{
	struct str tag;

	tag.p = luaL_checklstring(L, 1, &tag.n);
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, 2);) {
		freeze_top(L, 1);
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, 3);
	}
	lua_tag_wrap(L, tag);
	return 1;
}

static int
core_tag_of(lua_State *L)
{
	struct str tag;

	if (!lua_tag_of(L, 1, &tag) || tag.n == 0)
		return 0;
	lua_pushlstring(L, tag.p, tag.n);
	return 1;
}

/* core.check(x): true, or nil and what is not plain data */
static int
core_check(lua_State *L)
{
	struct vb *b = &lua_home(L)->scratch;
	struct buf why = BUF_INIT;

	luaL_checkany(L, 1);
	if (lua_value_encode(L, 1, b, &why)) {
		value_unref(vb_finish(b));
		lua_pushboolean(L, 1);
		return 1;
	}
	lua_pushnil(L);
	lua_pushlstring(L, why.p, why.n);
	buf_fini(&why);
	return 2;
}

void
lua_value_core(lua_State *L)
{
	static const luaL_Reg fns[] = {
		{ "freeze", core_freeze }, { "is_frozen", core_is_frozen },
		{ "raw", core_raw }, { "tag", core_tag }, { "make", core_make },
		{ "tag_of", core_tag_of }, { "depset", core_depset },
		{ "is_depset", core_is_depset }, { "next", lua_iter_next },
		{ "pairs", lua_iter_pairs }, { "check", core_check }, { NULL, NULL },
	};

	luaL_setfuncs(L, fns, 0);
}

void
lua_tag_open(lua_State *L)
{
	static const luaL_Reg depset[] = {
		{ "__gc", depset_gc }, { "__eq", depset_eq }, { "__tostring", depset_tostring },
		{ NULL, NULL },
	};

	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &tags_key);
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &methods_key);
	lua_getglobal(L, "table");
	lua_getfield(L, -1, "sort");
	lua_setfield(L, LUA_REGISTRYINDEX, "skylua.sort");
	lua_pop(L, 1);
	luaL_newmetatable(L, DEPSET_TYPE);
	luaL_setfuncs(L, depset, 0);
	lua_createtable(L, 0, 1);
	set_fn(L, "to_list", depset_to_list);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}
