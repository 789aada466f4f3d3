/* lua_target.c -- the fast way of a rule's call (lua_target.h). */
#include "bind/lua_target.h"

#include <lauxlib.h>

#include "bind/lua_value.h"
#include "graph/value.h"

#define SCHEMA_TYPE "skylua.schema"
#define PACKED_TYPE "skylua.packed"

enum { MAX_FIELDS = 48, MAX_LABEL = 512, MAX_OUTPUTS = 4 };

/* What a field of the call is; the names that schema() gets. */
enum field_kind {
	FIELD_OTHER,               /* not for here */
	FIELD_STRING, FIELD_BOOL, FIELD_INT, FIELD_STRING_LIST, FIELD_LABEL, FIELD_LABEL_LIST,
	FIELD_NAME, FIELD_VISIBILITY
};

static const char *const kind_names[] = { "other", "string", "bool", "int", "string_list",
	"label", "label_list", "name", "visibility", NULL };

struct field {
	const char *name;          /* interned by Lua, so equal names are one pointer; the
	                              user value keeps it alive */
	struct str text;
	enum field_kind kind;
	bool mandatory;
};

struct schema {
	struct vb b;               /* of the record that is made now */
	struct buf rule;           /* encoding of {module =, name =} */
	struct buf suite;          /* encoding; empty: none */
	bool test;
	int nfields, noutputs, name, visibility;
	struct field fields[MAX_FIELDS];                 /* by name */
	struct { struct str before, after; } outputs[MAX_OUTPUTS];   /* around the name */
};

/* ---- making a schema ---- */

static int
schema_gc(lua_State *L)
{
	struct schema *s = lua_touserdata(L, 1);

	vb_fini(&s->b);
	buf_fini(&s->rule);
	buf_fini(&s->suite);
	return 0;
}

static struct str
str_at(lua_State *L, int index)
{
	struct str s;

	s.p = luaL_checklstring(L, index, &s.n);
	return s;
}

/* fields: list of {name, kind, mandatory} by name; the table at 1 keeps the strings. */
static bool
read_fields(lua_State *L, struct schema *s)
{
	size_t n = lua_rawlen(L, 1);

	if (n > MAX_FIELDS)
		return false;
	s->name = s->visibility = -1;
	for (size_t i = 0; i < n; i++, lua_pop(L, 4)) {
		struct field *f = &s->fields[i];
		lua_rawgeti(L, 1, (lua_Integer)i + 1);
		lua_rawgeti(L, -1, 1);
		lua_rawgeti(L, -2, 2);
		lua_rawgeti(L, -3, 3);
		f->text = str_at(L, -3);
		f->name = f->text.p;
		f->kind = (enum field_kind)luaL_checkoption(L, -2, NULL, kind_names);
		f->mandatory = lua_toboolean(L, -1);
		if (f->kind == FIELD_NAME)
			s->name = (int)i;
		if (f->kind == FIELD_VISIBILITY)
			s->visibility = (int)i;
	}
	s->nfields = (int)n;
	return s->name >= 0 && s->visibility >= 0;
}

/* outputs: list of {before, after} */
static bool
read_outputs(lua_State *L, struct schema *s)
{
	size_t n = lua_rawlen(L, 2);

	if (n > MAX_OUTPUTS)
		return false;
	for (size_t i = 0; i < n; i++, lua_pop(L, 3)) {
		lua_rawgeti(L, 2, (lua_Integer)i + 1);
		lua_rawgeti(L, -1, 1);
		lua_rawgeti(L, -2, 2);
		s->outputs[i].before = str_at(L, -2);
		s->outputs[i].after = str_at(L, -1);
	}
	s->noutputs = (int)n;
	return true;
}

static void
encode_to(lua_State *L, struct schema *s, int index, struct buf *out)
{
	if (!lua_value_encode(L, index, &s->b, NULL))
		luaL_error(L, "schema: not plain data");
	buf_add(out, s->b.buf.p, s->b.buf.n);
	buf_reset(&s->b.buf);
}

/* schema(fields, outputs, rule, suite, test); nil when it is not for here */
static int
core_schema(lua_State *L)
{
	lua_settop(L, 5);
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_checktype(L, 2, LUA_TTABLE);
	struct schema *s = lua_newuserdatauv(L, sizeof(*s), 2);
	memset(s, 0, sizeof(*s));
	vb_init(&s->b);
	luaL_setmetatable(L, SCHEMA_TYPE);
	for (int i = 1; i <= 2; i++) {
		lua_pushvalue(L, i);
		lua_setiuservalue(L, 6, i);
	}
	if (!read_fields(L, s) || !read_outputs(L, s))
		return 0;
	encode_to(L, s, 3, &s->rule);
	if (!lua_isnil(L, 4))
		encode_to(L, s, 4, &s->suite);
	s->test = lua_toboolean(L, 5);
	return 1;
}

/* ---- names and labels ---- */

static bool
is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-' || c == '+';
}

/* A name in which nothing is special: no "/" here, no "." in front. */
static bool
is_plain_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_word((unsigned char)s.p[i]) && (i == 0 || s.p[i] != '.'))
			return false;
	return s.n > 0;
}

/* Plain names with "/" between. */
static bool
is_plain_path(struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '/')
			continue;
		if (!is_plain_name((struct str){ s.p + from, i - from }))
			return false;
		from = i + 1;
	}
	return true;
}

static bool
put_joined(struct vb *b, struct str head, const char *middle, struct str tail)
{
	char text[MAX_LABEL];
	size_t m = strlen(middle), n = head.n + m + tail.n;

	if (n > sizeof(text))
		return false;
	memcpy(text, head.p, head.n);
	memcpy(text + head.n, middle, m);
	memcpy(text + head.n + m, tail.p, tail.n);
	vb_str(b, (struct str){ text, n });
	return true;
}

/* "//a/b:c", "//a/b" and "//:c" as they stand in a package of this workspace. */
static bool
put_absolute(struct vb *b, struct str label)
{
	const char *colon = memchr(label.p, ':', label.n);
	struct str pkg = { label.p + 2, (colon ? (size_t)(colon - label.p) : label.n) - 2 }, name;

	if ((pkg.n > 0 || !colon) && !is_plain_path(pkg))
		return false;
	if (colon) {
		name = (struct str){ colon + 1, (size_t)(label.p + label.n - colon - 1) };
		if (!is_plain_path(name))
			return false;
		vb_str(b, label);
		return true;
	}
	for (name = (struct str){ pkg.p + pkg.n, 0 }; name.n < pkg.n && name.p[-1] != '/'; name.n++)
		name.p--;
	return put_joined(b, label, ":", name);
}

/* `prefix` is "//pkg:" */
static bool
put_label(struct vb *b, struct str prefix, struct str label)
{
	if (label.n > 2 && label.p[0] == '/' && label.p[1] == '/')
		return prefix.p[0] == '/' && put_absolute(b, label);
	if (label.n > 0 && label.p[0] == ':')
		label = (struct str){ label.p + 1, label.n - 1 };
	return is_plain_path(label) && put_joined(b, prefix, "", label);
}

static bool
put_package(struct vb *b, struct str text)
{
	bool known = str_eq(text, STR("//visibility:public")) ||
	    str_eq(text, STR("//visibility:private"));

	if (!known && (!str_starts(text, STR("//")) || memchr(text.p, ':', text.n)))
		return false;
	vb_str(b, text);
	return true;
}

/* ---- values ---- */

static bool
put_text(struct vb *b, enum field_kind kind, struct str prefix, struct str text)
{
	if (kind == FIELD_LABEL || kind == FIELD_LABEL_LIST)
		return put_label(b, prefix, text);
	if (kind == FIELD_VISIBILITY)
		return put_package(b, text);
	vb_str(b, text);
	return true;
}

/* A table of strings at 1..n and nothing else. */
static bool
put_list(lua_State *L, struct vb *b, enum field_kind kind, struct str prefix, int t)
{
	size_t n = lua_rawlen(L, t);

	if (lua_getmetatable(L, t)) {
		lua_pop(L, 1);
		return false;
	}
	vb_list(b, n);
	for (size_t i = 1; i <= n; i++) {
		struct str s;
		bool ok = lua_rawgeti(L, t, (lua_Integer)i) == LUA_TSTRING;
		if (ok) {
			s.p = lua_tolstring(L, -1, &s.n);
			ok = put_text(b, kind, prefix, s);
		}
		lua_pop(L, 1);
		if (!ok)
			return false;
	}
	if (n > 0)
		lua_pushinteger(L, (lua_Integer)n);
	else
		lua_pushnil(L);
	if (lua_next(L, t) == 0)
		return true;
	lua_pop(L, 2);
	return false;
}

static bool
put_value(lua_State *L, struct vb *b, enum field_kind kind, struct str prefix, int at)
{
	int type = lua_type(L, at);
	struct str s;

	switch (kind) {
	case FIELD_STRING:
	case FIELD_LABEL:
		if (type != LUA_TSTRING)
			return false;
		s.p = lua_tolstring(L, at, &s.n);
		return put_text(b, kind, prefix, s);
	case FIELD_BOOL:
		if (type == LUA_TBOOLEAN)
			vb_bool(b, lua_toboolean(L, at));
		return type == LUA_TBOOLEAN;
	case FIELD_INT:
		if (type == LUA_TNUMBER && lua_isinteger(L, at)) {
			vb_int(b, lua_tointeger(L, at));
			return true;
		}
		return false;
	case FIELD_STRING_LIST:
	case FIELD_LABEL_LIST:
	case FIELD_VISIBILITY:
		return type == LUA_TTABLE && put_list(L, b, kind, prefix, at);
	case FIELD_OTHER:
	case FIELD_NAME:
	default:
		return false;
	}
}

/* ---- a call ---- */

enum {
	ARG_SCHEMA = 1, ARG_TARGETS, ARG_OUTPUTS, ARG_DIRS, ARG_PREFIX, ARG_VISIBILITY, ARG_CHUNK,
	ARG_SPEC, NARGS = ARG_SPEC
};

/* Where the values of the fields stand on the stack; 0: not given. */
static bool
find_fields(lua_State *L, const struct schema *s, int *slots, size_t *nattrs)
{
	int given = 0;

	*nattrs = 0;
	for (lua_pushnil(L); lua_next(L, ARG_SPEC); lua_pushvalue(L, -2)) {
		const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
		int i = 0;
		while (i < s->nfields && s->fields[i].name != key)
			i++;
		if (i == s->nfields || ++given > MAX_FIELDS)
			return false;
		slots[i] = lua_gettop(L);
		*nattrs += i != s->name && i != s->visibility;
	}
	for (int i = 0; i < s->nfields; i++)
		if (s->fields[i].mandatory && slots[i] == 0)
			return false;
	return slots[s->name] != 0 && lua_type(L, slots[s->name]) == LUA_TSTRING;
}

/* The line of the call when BUILD.lua itself makes it; 0: it is made in a function. */
static int
line_of(lua_State *L)
{
	lua_Debug ar;

	if (!lua_getstack(L, 2, &ar) || !lua_getinfo(L, "fl", &ar))
		return 0;
	bool here = lua_rawequal(L, -1, ARG_CHUNK);
	lua_pop(L, 1);
	return here ? ar.currentline : 0;
}

static bool
is_free(lua_State *L, int table, struct str name)
{
	lua_pushlstring(L, name.p, name.n);
	bool ours = lua_rawget(L, table) == LUA_TNIL;
	lua_pop(L, 1);
	return ours;
}

static bool
put_record(lua_State *L, struct schema *s, const int *slots, size_t nattrs, struct str name,
	int line)
{
	struct str prefix = str_at(L, ARG_PREFIX);
	int visible = slots[s->visibility];
	struct vb *b = &s->b;

	vb_map(b, 5u + (s->suite.n > 0) + s->test);
	vb_str(b, STR("attrs"));
	vb_map(b, nattrs);
	for (int i = 0; i < s->nfields; i++) {
		if (slots[i] == 0 || i == s->name || i == s->visibility)
			continue;
		vb_str(b, s->fields[i].text);
		if (!put_value(L, b, s->fields[i].kind, prefix, slots[i]))
			return false;
	}
	vb_str(b, STR("line"));
	vb_int(b, line);
	vb_str(b, STR("name"));
	vb_str(b, name);
	vb_str(b, STR("rule"));
	buf_add(&b->buf, s->rule.p, s->rule.n);
	if (s->suite.n > 0) {
		vb_str(b, STR("suite"));
		buf_add(&b->buf, s->suite.p, s->suite.n);
	}
	if (s->test) {
		vb_str(b, STR("test"));
		vb_bool(b, true);
	}
	vb_str(b, STR("visibility"));
	return visible ? put_value(L, b, FIELD_VISIBILITY, prefix, visible)
	    : lua_value_encode(L, ARG_VISIBILITY, b, NULL);
}

/* Files that the rule makes of the name: all must be free, and are the target's then. */
static bool
take_outputs(lua_State *L, const struct schema *s, struct str name)
{
	int top = lua_gettop(L);
	bool ok = true;

	for (int i = 0; ok && i < s->noutputs; i++) {
		struct str before = s->outputs[i].before, after = s->outputs[i].after;
		if (before.n + after.n == 0)
			continue;
		lua_pushlstring(L, before.p, before.n);
		lua_pushlstring(L, name.p, name.n);
		lua_pushlstring(L, after.p, after.n);
		lua_concat(L, 3);
		struct str file = str_at(L, -1);
		ok = is_free(L, ARG_TARGETS, file) && is_free(L, ARG_OUTPUTS, file) &&
		    is_free(L, ARG_DIRS, file) && !memchr(file.p, '/', file.n);
	}
	for (int at = top + 1; ok && at <= lua_gettop(L); at++) {
		lua_pushvalue(L, at);
		lua_pushlstring(L, name.p, name.n);
		lua_rawset(L, ARG_OUTPUTS);
	}
	lua_settop(L, top);
	return ok;
}

static void
keep_record(lua_State *L, struct schema *s, struct str name)
{
	lua_pushlstring(L, name.p, name.n);
	void *p = lua_newuserdatauv(L, s->b.buf.n, 0);
	memcpy(p, s->b.buf.p, s->b.buf.n);
	luaL_setmetatable(L, PACKED_TYPE);
	lua_rawset(L, ARG_TARGETS);
}

/* target(schema, targets, outputs, output_dirs, prefix, visibility, chunk, spec) -> the
 * name; nothing when it is not plainly right */
static int
core_target(lua_State *L)
{
	struct schema *s = lua_touserdata(L, ARG_SCHEMA);
	int slots[MAX_FIELDS] = { 0 };
	size_t nattrs;
	struct str name;

	lua_settop(L, NARGS);
	if (lua_type(L, ARG_SPEC) != LUA_TTABLE || lua_getmetatable(L, ARG_SPEC))
		return 0;
	int line = line_of(L);
	luaL_checkstack(L, 2 * MAX_FIELDS + 20, "a target");
	if (line == 0 || !find_fields(L, s, slots, &nattrs))
		return 0;
	name = str_at(L, slots[s->name]);
	if (!is_plain_name(name) || !is_free(L, ARG_TARGETS, name) ||
	    !is_free(L, ARG_OUTPUTS, name))
		return 0;
	buf_reset(&s->b.buf);
	if (!put_record(L, s, slots, nattrs, name, line) || !take_outputs(L, s, name))
		return 0;
	keep_record(L, s, name);
	lua_pushvalue(L, slots[s->name]);
	return 1;
}

/* ---- packed records ---- */

bool
lua_target_packed(lua_State *L, int index, struct str *bytes)
{
	bytes->p = luaL_testudata(L, index, PACKED_TYPE);
	bytes->n = bytes->p ? lua_rawlen(L, index) : 0;
	return bytes->p != NULL;
}

/* unpacked(x): the record as a table; what is not packed as it is */
static int
core_unpacked(lua_State *L)
{
	struct str bytes;

	luaL_checkany(L, 1);
	lua_settop(L, 1);
	if (lua_target_packed(L, 1, &bytes)) {
		struct vr r = { (const unsigned char *)bytes.p,
			(const unsigned char *)bytes.p + bytes.n, NULL };
		lua_value_push_at(L, &r);
	}
	return 1;
}

void
lua_target_core(lua_State *L)
{
	static const luaL_Reg fns[] = {
		{ "schema", core_schema }, { "target", core_target }, { "unpacked", core_unpacked },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, fns, 0);
	luaL_newmetatable(L, SCHEMA_TYPE);
	lua_pushcfunction(L, schema_gc);
	lua_setfield(L, -2, "__gc");
	luaL_newmetatable(L, PACKED_TYPE);
	lua_pop(L, 2);
}
