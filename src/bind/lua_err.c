/* lua_err.c -- Lua errors and error values. */
#include "bind/lua_err.h"

#include <ctype.h>

#include "bind/lua_value.h"
#include "eval/errval.h"

/* "file:12: text" -> place and text */
static void
take_place(struct err *e, struct str s)
{
	for (size_t i = 1; i + 2 < s.n; i++) {
		size_t j = i + 1;
		int line = 0;
		if (s.p[i] != ':' || !isdigit((unsigned char)s.p[j]))
			continue;
		for (; j < s.n && isdigit((unsigned char)s.p[j]) && line < 100000000; j++)
			line = line * 10 + (s.p[j] - '0');
		if (j + 1 < s.n && s.p[j] == ':' && s.p[j + 1] == ' ') {
			struct str text = { s.p + j + 2, s.n - j - 2 };
			err_set(e, ERR_LUA, "%.*s", STR_ARG(text));
			err_place(e, (struct str){ s.p, i }, line, 0);
			return;
		}
		if (s.p[i] == '\n')
			break;
	}
	err_set(e, ERR_LUA, "%.*s", STR_ARG(s));
}

static void
advise(struct err *e)
{
	if (strstr(e->msg, "attempt to yield across a C-call boundary"))
		err_hint(e, "values cannot be asked for inside table.sort, string.gsub or a "
		    "metamethod called from C: ask first, then sort or substitute");
}

struct value *
lua_err_value(lua_State *L, int index)
{
	struct err e = ERR_INIT;
	struct str s;

	index = lua_absindex(L, index);
	if (lua_type(L, index) == LUA_TTABLE) {
		struct vb b;
		struct buf why = BUF_INIT;
		lua_value_raw(L, index);
		bool has = lua_getfield(L, -1, "message") == LUA_TSTRING;
		lua_pop(L, 2);
		vb_init(&b);
		if (has && lua_value_encode(L, index, &b, &why)) {
			struct value *v = vb_finish(&b);
			vb_fini(&b);
			return lua_value_is_frozen(L, index) || errval_code(v).n > 0 ? v :
			    errval_set(v, "code", value_of_str(STR(ERR_LUA)));
		}
		vb_fini(&b);
		err_set(&e, ERR_LUA, has ? "an error table that is not plain data: %s" :
		    "an error that is a table without a message%s", has ? why.p : "");
		buf_fini(&why);
	} else if (lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER) {
		lua_pushvalue(L, index);
		s.p = lua_tolstring(L, -1, &s.n);
		take_place(&e, s);
		advise(&e);
		lua_pop(L, 1);
	} else {
		err_set(&e, ERR_LUA, "an error that is a %s", luaL_typename(L, index));
	}
	struct value *v = errval_of(&e);
	err_fini(&e);
	return v;
}

void
lua_err_push(lua_State *L, struct err *e)
{
	struct value *v = errval_of(e);

	err_fini(e);
	lua_value_push(L, v);
	value_unref(v);
}

int
lua_err_raise(lua_State *L, struct err *e)
{
	lua_err_push(L, e);
	return lua_error(L);
}
