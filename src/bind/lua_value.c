/* lua_value.c -- encoding and decoding plain data. */
#include "bind/lua_value.h"

#include <stdlib.h>

#include "base/die.h"
#include "bind/lua_lazy.h"
#include "bind/lua_tag.h"
#include "bind/lua_target.h"

enum { MAX_DEPTH = 150 };

/* Where in the data the encoder stands, for messages; lives on the C stack. */
struct place {
	const struct place *up;
	const char *name;          /* NULL: an index */
	lua_Integer index;
	int depth;
	const void *table;         /* the table itself, once it is entered */
};

struct encoder {
	lua_State *L;
	struct vb *b;
	struct buf *why;
};

static bool encode(struct encoder *c, int index, struct place *at);

static void
print_place(struct buf *out, const struct place *at)
{
	if (at->up)
		print_place(out, at->up);
	if (at->name)
		buf_printf(out, out->n > 0 ? ".%s" : "%s", at->name);
	else if (at->up)
		buf_printf(out, "[%lld]", (long long)at->index);
}

static bool
refuse(struct encoder *c, const struct place *at, const char *what)
{
	if (c->why && c->why->n == 0) {
		print_place(c->why, at);
		buf_printf(c->why, c->why->n > 0 ? ": %s" : "%s", what);
	}
	return false;
}

/* 1..n and nothing else?  *count gets the number of keys. */
static bool
is_list(lua_State *L, int t, size_t *count)
{
	size_t n = lua_rawlen(L, t), seen = 0;
	bool list = true;

	for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
		seen++;
		if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 ||
		    (size_t)lua_tointeger(L, -2) > n)
			list = false;
	}
	*count = seen;
	return list && seen == n;
}

static bool
encode_list(struct encoder *c, int t, size_t n, const struct place *at)
{
	vb_list(c->b, n);
	for (size_t i = 1; i <= n; i++) {
		struct place p = { at, NULL, (lua_Integer)i, at->depth + 1, NULL };
		lua_rawgeti(c->L, t, (lua_Integer)i);
		bool ok = encode(c, lua_gettop(c->L), &p);
		lua_pop(c->L, 1);
		if (!ok)
			return false;
	}
	return true;
}

struct mapkey {
	bool is_int;
	lua_Integer i;
	struct str s;              /* the table keeps the string alive */
};

static int
mapkey_cmp(const void *pa, const void *pb)
{
	const struct mapkey *a = pa, *b = pb;

	if (a->is_int != b->is_int)
		return a->is_int ? -1 : 1;
	if (a->is_int)
		return (a->i > b->i) - (a->i < b->i);
	return str_cmp(a->s, b->s);
}

static bool
map_keys(struct encoder *c, int t, struct mapkey *keys, const struct place *at)
{
	lua_State *L = c->L;
	size_t k = 0;

	for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
		struct mapkey *m = &keys[k++];
		if (lua_isinteger(L, -2)) {
			*m = (struct mapkey){ true, lua_tointeger(L, -2), { NULL, 0 } };
		} else if (lua_type(L, -2) == LUA_TSTRING) {
			m->is_int = false;
			m->s.p = lua_tolstring(L, -2, &m->s.n);
		} else {
			struct place p = { at, luaL_typename(L, -2), 0, 0, NULL };
			lua_pop(L, 2);
			return refuse(c, &p, "only strings and integers can be keys");
		}
	}
	return true;
}

static bool
encode_map(struct encoder *c, int t, size_t n, const struct place *at)
{
	struct mapkey few[24];
	struct mapkey *keys = n <= ARRAY_LEN(few) ? few : mem_alloc(n * sizeof(keys[0]));
	bool ok = map_keys(c, t, keys, at);

	if (ok) {
		qsort(keys, n, sizeof(keys[0]), mapkey_cmp);
		vb_map(c->b, n);
	}
	for (size_t i = 0; ok && i < n; i++) {
		const char *name = keys[i].is_int ? NULL : keys[i].s.p;
		struct place p = { at, name, keys[i].i, at->depth + 1, NULL };
		if (keys[i].is_int) {
			vb_int(c->b, keys[i].i);
			lua_rawgeti(c->L, t, keys[i].i);
		} else {
			vb_str(c->b, keys[i].s);
			lua_pushlstring(c->L, keys[i].s.p, keys[i].s.n);
			lua_rawget(c->L, t);
		}
		ok = encode(c, lua_gettop(c->L), &p);
		lua_pop(c->L, 1);
	}
	if (keys != few)
		mem_free(keys);
	return ok;
}

static bool
is_inside_itself(const struct place *at)
{
	for (const struct place *p = at->up; p; p = p->up)
		if (p->table == at->table)
			return true;
	return false;
}

static bool
encode_table(struct encoder *c, int index, struct place *at)
{
	struct str tag;
	size_t n;

	if (at->depth > MAX_DEPTH)
		return refuse(c, at, "nested too deeply");
	if (!lua_checkstack(c->L, 10))
		return refuse(c, at, "nested too deeply");
	bool frozen = lua_tag_of(c->L, index, &tag);
	if (!frozen && lua_getmetatable(c->L, index)) {
		lua_pop(c->L, 1);
		return refuse(c, at, "a table with a metatable");
	}
	if (tag.n > 0)
		vb_tag(c->b, tag);
	if (frozen && lua_tag_lazy(c->L, index)) {
		lua_lazy_encode(c->L, -1, c->b);
		lua_pop(c->L, 1);
		return true;
	}
	lua_value_raw(c->L, index);
	int t = lua_gettop(c->L);
	at->table = lua_topointer(c->L, t);
	if (is_inside_itself(at)) {
		lua_pop(c->L, 1);
		return refuse(c, at, "a cycle: the table is inside itself");
	}
	bool ok = is_list(c->L, t, &n) ? encode_list(c, t, n, at) :
	    encode_map(c, t, n, at);
	lua_pop(c->L, 1);
	return ok;
}

static void
encode_key(struct encoder *c, const struct key *key)
{
	struct keys *keys = lua_home(c->L)->world->keys;

	vb_tag(c->b, STR("key"));
	vb_list(c->b, 2);
	vb_str(c->b, keys_fn_name(keys, key->fn));
	buf_add(&c->b->buf, key->arg, key->size);
}

static bool
encode(struct encoder *c, int index, struct place *at)
{
	lua_State *L = c->L;
	struct str s;

	switch (lua_type(L, index)) {
	case LUA_TNIL:
		vb_nil(c->b);
		return true;
	case LUA_TBOOLEAN:
		vb_bool(c->b, lua_toboolean(L, index));
		return true;
	case LUA_TNUMBER:
		if (lua_isinteger(L, index))
			vb_int(c->b, lua_tointeger(L, index));
		else
			vb_float(c->b, lua_tonumber(L, index));
		return true;
	case LUA_TSTRING:
		s.p = lua_tolstring(L, index, &s.n);
		vb_str(c->b, s);
		return true;
	case LUA_TTABLE:
		return encode_table(c, index, at);
	case LUA_TLIGHTUSERDATA:
		encode_key(c, lua_key_check(L, index));
		return true;
	case LUA_TUSERDATA: {
		const struct value *d = lua_tag_depset(L, index);
		if (d)
			vb_value(c->b, d);
		else if (lua_target_packed(L, index, &s))
			buf_add(&c->b->buf, s.p, s.n);
		else
			return refuse(c, at, "userdata");
		return true;
	}
	case LUA_TFUNCTION:
		return refuse(c, at, "a function");
	default:
		return refuse(c, at, "a coroutine");
	}
}

bool
lua_value_encode(lua_State *L, int index, struct vb *b, struct buf *why)
{
	struct encoder c = { L, b, why };
	struct place top = { NULL, NULL, 0, 0, NULL };
	size_t was = b->buf.n, kids = b->nkids;

	if (lua_checkstack(L, 20) && encode(&c, lua_absindex(L, index), &top))
		return true;
	b->buf.n = was;
	while (b->nkids > kids)
		value_unref(b->kids[--b->nkids]);
	return false;
}

struct value *
lua_value_to(lua_State *L, int index, const char *what)
{
	struct vb *b = &lua_home(L)->scratch;
	struct buf why = BUF_INIT;

	if (lua_value_encode(L, index, b, &why))
		return vb_finish(b);
	lua_pushfstring(L, "%s is not plain data: %s", what, why.p);
	buf_fini(&why);
	luaL_error(L, "%s", lua_tostring(L, -1));
	return NULL;
}

/* ---- decoding ---- */

/* Parts of `root` are decoded when they are looked at; NULL: all at once. */
static void push_at(lua_State *L, const struct value *root, struct vr *r);

static void
push_map(lua_State *L, const struct value *root, struct vr *r, size_t n)
{
	int64_t i;
	struct str s;

	lua_createtable(L, 0, n > 1000000 ? 0 : (int)n);
	for (; n > 0; n--) {
		if (vr_int(r, &i))
			lua_pushinteger(L, i);
		else if (vr_str(r, &s))
			lua_pushlstring(L, s.p, s.n);
		push_at(L, root, r);
		lua_rawset(L, -3);
	}
}

static void
push_list(lua_State *L, const struct value *root, struct vr *r, size_t n)
{
	lua_createtable(L, n > 1000000 ? 0 : (int)n, 0);
	for (size_t i = 1; i <= n; i++) {
		push_at(L, root, r);
		lua_rawseti(L, -2, (lua_Integer)i);
	}
}

bool
lua_value_push_table(lua_State *L, const struct value *root, struct vr *r)
{
	size_t n;

	if (vr_map(r, &n))
		push_map(L, root, r, n);
	else if (vr_list(r, &n))
		push_list(L, root, r, n);
	else
		return false;
	return true;
}

/* {function name, argument} */
static void
push_key(lua_State *L, struct vr *r)
{
	struct keys *keys = lua_home(L)->world->keys;
	struct str name = STR("");
	size_t n;

	vr_list(r, &n);
	vr_str(r, &name);
	const unsigned char *arg = r->p;
	vr_skip(r);
	lua_key_push(L, key_intern(keys, keys_fn(keys, name), arg, (size_t)(r->p - arg)));
}

/* The list or map at the cursor, or a stand-in. */
static bool
push_content(lua_State *L, const struct value *root, struct vr *r)
{
	enum value_kind kind = vr_kind(r);

	if (kind != VALUE_LIST && kind != VALUE_MAP)
		return false;
	return (root && lua_lazy_push(L, root, r)) || lua_value_push_table(L, root, r);
}

static void
push_tagged(lua_State *L, const struct value *root, struct vr *r, struct str tag)
{
	if (str_eq(tag, STR("key"))) {
		push_key(L, r);
		return;
	}
	if (!push_content(L, root, r)) {
		lua_createtable(L, 1, 0);
		push_at(L, root, r);
		lua_rawseti(L, -2, 1);
	}
	lua_tag_wrap(L, tag);
}

static void
freeze(lua_State *L)
{
	if (!lua_home(L)->plain)
		lua_tag_wrap(L, STR(""));
}

void
lua_value_push_plain(lua_State *L, const struct value *v)
{
	struct vr r = vr_of(v);

	lua_home(L)->plain = true;
	push_at(L, NULL, &r);
	lua_home(L)->plain = false;
}

static void
push_at(lua_State *L, const struct value *root, struct vr *r)
{
	int64_t i;
	double f;
	bool b;
	struct str s;
	const struct value *d;

	luaL_checkstack(L, 6, "value");
	if (vr_int(r, &i)) {
		lua_pushinteger(L, i);
	} else if (vr_str(r, &s)) {
		lua_pushlstring(L, s.p, s.n);
	} else if (vr_bool(r, &b)) {
		lua_pushboolean(L, b);
	} else if (push_content(L, root, r)) {
		freeze(L);
	} else if (vr_tag(r, &s)) {
		push_tagged(L, root, r, s);
	} else if (vr_depset(r, &d)) {
		lua_tag_push_depset(L, value_ref(d));
	} else if (vr_float(r, &f)) {
		lua_pushnumber(L, f);
	} else {
		vr_skip(r);
		lua_pushnil(L);
	}
}

void
lua_value_push_at(lua_State *L, struct vr *r)
{
	push_at(L, NULL, r);
}

/* Itself at once, its parts later. */
static void
push_whole(lua_State *L, const struct value *v, struct vr *r)
{
	if (lua_value_push_table(L, v, r))
		freeze(L);
	else
		push_at(L, v, r);
}

static char decoded_key;     /* registry: light userdata of a value -> its table */

void
lua_value_push(lua_State *L, const struct value *v)
{
	struct vr r = vr_of(v);
	enum value_kind kind = vr_kind(&r);
	int64_t i;

	if (vr_int(&r, &i)) {
		lua_pushinteger(L, i);
		return;
	}
	if (kind == VALUE_DEPSET_NODE) {
		lua_tag_push_depset(L, value_ref(v));
		return;
	}
	if (v->size < 16 || (kind != VALUE_LIST && kind != VALUE_MAP && kind != VALUE_TAGGED)) {
		lua_value_push_at(L, &r);
		return;
	}
	lua_rawgetp(L, LUA_REGISTRYINDEX, &decoded_key);
	if (lua_rawgetp(L, -1, v) != LUA_TNIL) {
		lua_remove(L, -2);
		return;
	}
	lua_pop(L, 1);
	push_whole(L, v, &r);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, -3, v);
	lua_remove(L, -2);
}

/* The table is weak: what no function uses any more may go. */
void
lua_value_forget(lua_State *L)
{
	lua_newtable(L);
	lua_createtable(L, 0, 1);
	lua_pushliteral(L, "v");
	lua_setfield(L, -2, "__mode");
	lua_setmetatable(L, -2);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &decoded_key);
}

void
lua_value_open(lua_State *L)
{
	lua_tag_open(L);
	lua_lazy_open(L);
	lua_value_forget(L);
}
