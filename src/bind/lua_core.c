/* lua_core.c -- module "core". */
#include "bind/lua_core.h"
#include "bind/lua_fn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "base/path.h"
#include "bind/embed.h"
#include "bind/lua_err.h"
#include "bind/lua_target.h"
#include "bind/lua_value.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/lock.h"
#include "os/spawn.h"
#include "os/thread.h"

#define LOCK_TYPE "skylua.lock"

static struct str
check_str(lua_State *L, int index)
{
	struct str s;

	s.p = luaL_checklstring(L, index, &s.n);
	return s;
}

/* digest(text) -> 32 hex digits */
static int
core_digest(lua_State *L)
{
	struct str s = check_str(L, 1);
	char hex[DIGEST_HEX + 1];

	digest_hex(digest_of(s.p, s.n), hex);
	lua_pushlstring(L, hex, DIGEST_HEX);
	return 1;
}

/* read(path, digest) -> text; raises when the content is another one */
static int
core_read(lua_State *L)
{
	struct str want = check_str(L, 2);
	const char *path = luaL_checkstring(L, 1);
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	char hex[DIGEST_HEX + 1];

	if (!fs_read(lua_home(L)->root_fd, path, &b, &e)) {
		buf_fini(&b);
		return lua_err_raise(L, &e);
	}
	digest_hex(digest_of(b.p, b.n), hex);
	if (!str_eq(str_of(hex), want)) {
		buf_fini(&b);
		err_set(&e, ERR_CHANGED, "%s changed while it was being read", path);
		err_hint(&e, "build again");
		e.transient = true;
		return lua_err_raise(L, &e);
	}
	lua_pushlstring(L, b.p ? b.p : "", b.n);
	buf_fini(&b);
	return 1;
}

/* builtin(name) -> text of a shipped file, or nil */
static int
core_builtin(lua_State *L)
{
	struct buf hold = BUF_INIT;
	struct str text;

	if (lua_state_file(check_str(L, 1), &text, &hold))
		lua_pushlstring(L, text.p, text.n);
	else
		lua_pushnil(L);
	buf_fini(&hold);
	return 1;
}

/* builtins(prefix) -> sorted list of names of shipped files */
static int
core_builtins(lua_State *L)
{
	struct str prefix = str_of(luaL_optstring(L, 1, ""));
	lua_Integer n = 0;

	lua_newtable(L);
	for (size_t i = 0; i < embed_count; i++)
		if (str_starts(str_of(embed_files[i].name), prefix)) {
			lua_pushstring(L, embed_files[i].name);
			lua_rawseti(L, -2, ++n);
		}
	return 1;
}

static int
core_cpus(lua_State *L)
{
	lua_pushinteger(L, thread_cpu_count());
	return 1;
}

/* exec(argv, dir): replaces this process; nil and why when it cannot */
static int
core_exec(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	const char *dir = luaL_optstring(L, 2, NULL);
	size_t n = lua_rawlen(L, 1);
	char **argv = lua_newuserdatauv(L, (n + 1) * sizeof(argv[0]), 0);

	luaL_argcheck(L, n > 0, 1, "empty command");
	luaL_checkstack(L, (int)n + 4, "arguments");
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, 1, (lua_Integer)i + 1);
		argv[i] = (char *)(uintptr_t)luaL_checkstring(L, -1);
	}
	argv[n] = NULL;
	fflush(NULL);
	if (!dir || chdir(dir) == 0)
		execvp(argv[0], argv);
	lua_pushnil(L);
	lua_pushfstring(L, "%s: %s", argv[0], strerror(errno));
	return 2;
}

/* ---- locks ---- */

static int
lock_gc(lua_State *L)
{
	struct lock *l = luaL_checkudata(L, 1, LOCK_TYPE);

	if (l->fd >= 0)
		lock_release(l);
	l->fd = -1;
	return 0;
}

static struct lock *
push_lock(lua_State *L)
{
	struct lock *l = lua_newuserdatauv(L, sizeof(*l), 0);

	l->fd = -1;
	luaL_setmetatable(L, LOCK_TYPE);
	return l;
}

/* lock(path, who) -> lock; nil and the holder when another process has it */
static int
core_lock(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1), *who = luaL_checkstring(L, 2);
	struct lock *l = push_lock(L);
	struct buf holder = BUF_INIT;
	struct err e = ERR_INIT;
	bool busy = false;

	if (!lock_try(l, AT_FDCWD, path, who, &busy, &holder, &e)) {
		buf_fini(&holder);
		return lua_err_raise(L, &e);
	}
	if (!busy) {
		buf_fini(&holder);
		return 1;
	}
	lua_pushnil(L);
	lua_pushlstring(L, holder.p ? holder.p : "", holder.n);
	buf_fini(&holder);
	return 2;
}

static int
core_lock_wait(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1), *who = luaL_checkstring(L, 2);
	struct lock *l = push_lock(L);
	struct err e = ERR_INIT;

	if (!lock_wait(l, AT_FDCWD, path, who, &e))
		return lua_err_raise(L, &e);
	return 1;
}

/* on_interrupt(fn): fn(signum) when a signal asks the process to stop */
static int
core_on_interrupt(lua_State *L)
{
	struct world *w = lua_home(L)->world;

	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_settop(L, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, "skylua.on_interrupt");
	w->main = L;
	return 0;
}

int
lua_core_open(lua_State *L)
{
	static const luaL_Reg fns[] = {
		{ "undisturbed", lua_fn_undisturbed },
		{ "digest", core_digest }, { "read", core_read }, { "builtin", core_builtin },
		{ "builtins", core_builtins }, { "cpus", core_cpus }, { NULL, NULL },
	};
	static const luaL_Reg main_fns[] = {
		{ "exec", core_exec }, { "lock", core_lock }, { "lock_wait", core_lock_wait },
		{ "on_interrupt", core_on_interrupt },
		{ NULL, NULL },
	};

	luaL_newlib(L, fns);
	lua_value_core(L);
	lua_key_core(L);
	lua_target_core(L);
	lua_pushstring(L, lua_home(L)->world->version);
	lua_setfield(L, -2, "version");
	if (lua_home(L)->worker)
		return 1;
	luaL_setfuncs(L, main_fns, 0);
	luaL_newmetatable(L, LOCK_TYPE);
	lua_pushcfunction(L, lock_gc);
	lua_setfield(L, -2, "__gc");
	lua_newtable(L);
	lua_pushcfunction(L, lock_gc);
	lua_setfield(L, -2, "release");
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
	lua_engine_core(L);
	return 1;
}
