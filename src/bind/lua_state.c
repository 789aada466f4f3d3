/* lua_state.c -- making Lua states.
 *
 * Modules of lua/ are found by `require` without a prefix: first on disk when
 * SKYLUA_LUA names a directory that has lua/ and rules/ (while developing), else
 * among the embedded files.
 */
#include "bind/lua_state.h"

#include <fcntl.h>
#include <stdlib.h>

#include <luv/luv.h>

#include "base/die.h"
#include "bind/embed.h"
#include "bind/lua_core.h"
#include "bind/lua_err.h"
#include "bind/lua_fn.h"
#include "bind/lua_value.h"
#include "os/fs.h"

enum {
	GC_PAUSE = 400,        /* a cycle begins when there is four times what was left */
	GC_STEP = 400
};

static const struct embed_file *
find(struct str name)
{
	size_t lo = 0, hi = embed_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(str_of(embed_files[mid].name), name);
		if (c == 0)
			return &embed_files[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static bool
on_disk(struct str name, struct buf *out)
{
	const char *dir = getenv("SKYLUA_LUA");
	struct err e = ERR_INIT;
	char path[4096];

	if (!dir)
		return false;
	snprintf(path, sizeof(path), "%s/%.*s", dir, STR_ARG(name));
	bool ok = fs_read(AT_FDCWD, path, out, &e);
	err_fini(&e);
	return ok;
}

bool
lua_state_file(struct str name, struct str *text, struct buf *hold)
{
	if (on_disk(name, hold)) {
		*text = buf_str(hold);
		return true;
	}
	const struct embed_file *f = find(name);
	if (f)
		*text = (struct str){ (const char *)f->data, f->size };
	return f != NULL;
}

bool
lua_state_file_digest(struct str name, struct digest *out)
{
	struct buf hold = BUF_INIT;
	struct str text;
	bool ok = lua_state_file(name, &text, &hold);

	if (ok)
		*out = digest_of(text.p, text.n);
	buf_fini(&hold);
	return ok;
}

/* package.searchers entry: "cli.main" -> lua/cli/main.lua */
static int
searcher(lua_State *L)
{
	const char *module = luaL_checkstring(L, 1);
	struct buf name = BUF_INIT, hold = BUF_INIT;
	struct str text;

	buf_printf(&name, "lua/%s.lua", module);
	for (size_t i = 4; i < name.n - 4; i++)
		if (name.p[i] == '.')
			name.p[i] = '/';
	bool found = lua_state_file(buf_str(&name), &text, &hold);
	int status = LUA_OK;
	if (found) {
		lua_pushfstring(L, "@%s", name.p);
		status = luaL_loadbufferx(L, text.p, text.n, lua_tostring(L, -1), "bt");
	}
	buf_fini(&hold);
	if (status != LUA_OK) {
		buf_fini(&name);
		return lua_error(L);
	}
	if (found)
		lua_pushlstring(L, name.p, name.n);
	else
		lua_pushfstring(L, "no shipped module '%s'", name.p);
	buf_fini(&name);
	return found ? 2 : 1;
}

static void
add_searcher(lua_State *L)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "searchers");
	for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) {
		lua_rawgeti(L, -1, i);
		lua_rawseti(L, -2, i + 1);
	}
	lua_pushcfunction(L, searcher);
	lua_rawseti(L, -2, 2);
	lua_pop(L, 2);
}

/* An error in a luv callback is raised in whatever runs the loop. */
static int
luv_pcall(lua_State *L, int nargs, int nresult, int flags)
{
	int base = lua_gettop(L) - nargs;

	(void)flags;
	lua_pushcfunction(L, lua_state_traceback);
	lua_insert(L, base);
	int rc = lua_pcall(L, nargs, nresult, base);
	lua_remove(L, base);
	if (rc != LUA_OK) {
		fprintf(stderr, "skylua: error in a callback: %s\n", lua_tostring(L, -1));
		lua_pop(L, 1);
		return -rc;
	}
	return nresult < 0 ? lua_gettop(L) - base + 1 : nresult;
}

static void
preload(lua_State *L, const char *name, lua_CFunction open)
{
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	lua_pushcfunction(L, open);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

static int
open_all(lua_State *L)
{
	luaL_openlibs(L);
	lua_value_open(L);
	lua_env_open(L);
	preload(L, "core", lua_core_open);
	add_searcher(L);
	/* raw next must see through frozen tables too: other people's libraries
	 * (a test framework's deep comparison) use it */
	luaL_requiref(L, "core", lua_core_open, 0);
	lua_getfield(L, -1, "next");
	lua_setglobal(L, "next");
	lua_pop(L, 1);
	if (!lua_home(L)->worker) {
		luv_set_loop(L, loop_uv(lua_home(L)->world->loop));
		luv_set_callback(L, luv_pcall);
		preload(L, "luv", luaopen_luv);
	}
	return 0;
}

static int
panic(lua_State *L)
{
	die(37, "a Lua error outside of any call: %s", lua_tostring(L, -1));
}

lua_State *
lua_state_new(struct world *w, struct worker *worker)
{
	struct lua_home *h = mem_zalloc(sizeof(*h));

	lua_alloc_init(&h->alloc);
	lua_State *L = lua_newstate(lua_alloc_fn, &h->alloc);
	if (!L)
		die(36, "out of memory");
	lua_atpanic(L, panic);
	h->world = w;
	h->worker = worker;
	h->root_fd = worker ? worker->pool->host->root_fd : AT_FDCWD;
	vb_init(&h->scratch);
	*(struct lua_home **)lua_getextraspace(L) = h;
	/* Suspended functions are many, and a generation looks at all of them each time:
	 * an evaluator does with a third less of the processor this way. */
	if (worker)
		lua_gc(L, LUA_GCINC, GC_PAUSE, GC_STEP, 0);
	else
		lua_gc(L, LUA_GCGEN, 0, 0);
	lua_pushcfunction(L, open_all);
	if (lua_pcall(L, 0, 0, 0) != LUA_OK)
		die(37, "cannot open Lua: %s", lua_tostring(L, -1));
	return L;
}

void
lua_state_free(lua_State *L)
{
	struct lua_home *h = lua_home(L);

	lua_close(L);
	lua_alloc_fini(&h->alloc);
	vb_fini(&h->scratch);
	mem_free(h);
}

int
lua_state_traceback(lua_State *L)
{
	if (lua_type(L, 1) == LUA_TSTRING)
		luaL_traceback(L, L, lua_tostring(L, 1), 1);
	return 1;
}
