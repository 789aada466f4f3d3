/* lua_engine.c -- core.engine: an engine as Lua sees it (ENGINE.md). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "bind/embed.h"
#include "bind/lua_core.h"
#include "bind/lua_err.h"
#include "bind/lua_fn.h"
#include "bind/lua_result.h"
#include "bind/lua_value.h"
#include "eval/engine.h"
#include "eval/host_cache.h"
#include "nodes/nodes.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/sandbox.h"
#include "os/thread.h"

/* ---- what the host tells node functions ---- */

static const char *
host_getenv(const struct host *h, const char *name)
{
	(void)h;
	return getenv(name);
}

static bool
host_builtin(const struct host *h, struct str name, struct digest *out)
{
	(void)h;
	return lua_state_file_digest(name, out);
}

/* ---- options ---- */

static lua_Integer
int_option(lua_State *L, const char *name, lua_Integer fallback, lua_Integer lo)
{
	lua_Integer v = fallback;
	int ok = 1;

	if (lua_getfield(L, 1, name) != LUA_TNIL)
		v = lua_tointegerx(L, -1, &ok);
	lua_pop(L, 1);
	if (!ok || v < lo || v > 1000000)
		luaL_error(L, "engine: %s must be an integer from %I to 1000000", name, lo);
	return v;
}

static bool
flag_option(lua_State *L, const char *name)
{
	lua_getfield(L, 1, name);
	bool b = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return b;
}

/* The string field `name`, kept alive by the options table at 1. */
static const char *
str_option(lua_State *L, const char *name)
{
	lua_getfield(L, 1, name);
	if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
		luaL_error(L, "engine: %s must be a string", name);
	const char *s = lua_tostring(L, -1);
	lua_pop(L, 1);
	return s;
}

static void
check_options(lua_State *L)
{
	static const char *const known[] = {
		"functions", "evaluators", "mode", "keep_going", "store", "seed", "trace", "build",
		"root", "jobs", "observer", "max_waiting", "readonly", "dry_run", "cache",
		"cache_size", "jobserver", "rerun", "no_starts", "twice", "sandbox", NULL
	};

	for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
		const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
		int i = 0;
		while (known[i] && strcmp(known[i], name) != 0)
			i++;
		if (!known[i])
			luaL_error(L, "engine: unknown option '%s'", name);
	}
}

static int
fn_ref(lua_State *L, const char *name)
{
	if (lua_getfield(L, 1, name) == LUA_TNIL) {
		lua_pop(L, 1);
		return LUA_NOREF;
	}
	luaL_argexpected(L, lua_isfunction(L, -1), 1, "function");
	return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* ---- functions ---- */

static void
read_functions(lua_State *L, struct lua_engine *le)
{
	const char *path = str_option(L, "functions");
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;

	le->functions.world = lua_home(L)->world;
	lua_fn_runner(&le->functions);
	if (le->build)
		return;
	if (!path)
		luaL_error(L, "engine: functions is missing: the path of a module of node "
		    "functions");
	if (!fs_read(AT_FDCWD, path, &text, &e)) {
		buf_fini(&text);
		lua_err_raise(L, &e);
	}
	le->functions.path = mem_strndup(path, strlen(path));
	le->functions.size = text.n;
	le->functions.text = buf_take(&text);
}

/* The code of all shipped Lua as a number. */
static uint64_t
build_version(void)
{
	uint64_t h = hash64(embed_digest, strlen(embed_digest));

	if (!getenv("SKYLUA_LUA"))
		return h;
	for (size_t i = 0; i < embed_count; i++) {
		struct digest d = { 0, 0 };
		lua_state_file_digest(str_of(embed_files[i].name), &d);
		h = h * UINT64_C(0x9e3779b97f4a7c15) + d.lo;
	}
	return h;
}

static void
add_functions(lua_State *L, struct lua_engine *le)
{
	uint64_t version = le->build ? build_version() :
	    hash64(le->functions.text, le->functions.size);

	if (le->build)
		for (size_t i = 0; i < nodes_count; i++)
			engine_add_fn(le->e, str_of(nodes_all[i]->name), nodes_all[i]->flags,
			    nodes_all[i]->version, nodes_all[i]);
	lua_fn_load(L, &le->functions);
	int t = lua_gettop(L);
	for (lua_pushnil(L); lua_next(L, t); lua_settop(L, t + 1)) {
		struct str name;
		unsigned flags = 0;
		if (lua_type(L, t + 1) != LUA_TSTRING)
			luaL_error(L, "functions: a name is a %s, not a string",
			    luaL_typename(L, t + 1));
		name.p = lua_tolstring(L, t + 1, &name.n);
		if (lua_istable(L, t + 2)) {
			lua_getfield(L, t + 2, "hermetic");
			if (!lua_isnil(L, -1) && !lua_toboolean(L, -1))
				flags |= FN_NONHERMETIC;
			lua_getfield(L, t + 2, "kept");
			if (lua_toboolean(L, -1))
				flags |= FN_KEPT;
			lua_getfield(L, t + 2, "compute");
		}
		if (!lua_isfunction(L, -1))
			luaL_error(L, "functions: %s is no function and has no compute", name.p);
		engine_add_fn(le->e, name, flags, version, NULL);
	}
	lua_settop(L, t - 1);
}

/* ---- observers ---- */

static void
on_event(void *arg, const struct key *key, const struct value *v)
{
	struct lua_engine *le = arg;
	lua_State *L = le->L;

	if (le->observer_ref == LUA_NOREF || le->broken)
		return;
	lua_rawgeti(L, LUA_REGISTRYINDEX, le->observer_ref);
	lua_value_push_plain(L, v);
	lua_key_push(L, key);
	if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
		le->broken = true;             /* raised when evaluate returns */
		le->error_ref = luaL_ref(L, LUA_REGISTRYINDEX);
		engine_interrupt(le->e);
	}
}

static void
on_replaced(void *arg, const struct key *key, const struct value *old, const struct value *now)
{
	struct lua_engine *le = arg;

	idset_add(&le->replaced, key->id);
	if (le->stale)
		stale_replaced(le->stale, key, old, now);
}

static int
on_poll(void *arg)
{
	const struct world *w = ((struct lua_engine *)arg)->functions.world;

	return w->insisted ? 2 : w->interrupted;
}

/* ---- making ---- */

static int
open_root(lua_State *L, struct lua_engine *le)
{
	const char *root = str_option(L, "root");

	if (!root)
		return AT_FDCWD;
	le->root = mem_strndup(root, strlen(root));
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		struct err e = ERR_INIT;
		err_errno(&e, errno, "cannot open %s", root);
		lua_err_raise(L, &e);
	}
	le->root_fd = fd;
	lua_home(L)->root_fd = fd;
	return fd;
}

static void
open_store(lua_State *L, struct lua_engine *le)
{
	const char *path = str_option(L, "store");
	struct buf note = BUF_INIT;
	struct err e = ERR_INIT;

	if (!path && le->build)
		path = "sky-out/state";
	if (!path)
		return;
	int dir = le->root_fd >= 0 ? le->root_fd : AT_FDCWD;
	bool ok = engine_open_store(le->e, dir, path, &note, &e);
	if (note.n > 0)
		fprintf(stderr, "skylua: %s\n", note.p);
	buf_fini(&note);
	if (!ok)
		lua_err_raise(L, &e);
}

/* The local cache in the directory that the options name. */
static const struct host_cache *
open_cache(lua_State *L, struct lua_engine *le)
{
	const char *dir = str_option(L, "cache");

	lua_getfield(L, 1, "cache_size");
	lua_Integer size = luaL_optinteger(L, -1, 0);
	lua_pop(L, 1);
	if (dir && (dir[0] != '/' || size <= 0))
		luaL_error(L, "engine: cache must be an absolute path, with a cache_size");
	le->cache = dir ? host_cache_new(dir, (uint64_t)size) : NULL;
	return le->cache;
}

/* sandbox = "auto" (a line when it is not there), "quiet" (none), "require" (an
 * error) or nil. */
static void
open_sandbox(lua_State *L, struct lua_engine *le)
{
	const char *mode = str_option(L, "sandbox");
	struct err e = ERR_INIT;

	if (!mode || strcmp(mode, "off") == 0)
		return;
	le->sandbox = sandbox_new(le->root ? le->root : "/", &e);
	if (le->sandbox)
		return;
	if (strcmp(mode, "require") == 0)
		lua_err_raise(L, &e);
	if (strcmp(mode, "auto") == 0)
		fprintf(stderr, "skylua: no sandbox: %s\n", e.msg);
	err_fini(&e);
}

static struct lua_engine *
new_engine(lua_State *L)
{
	struct lua_engine *le = lua_newuserdatauv(L, sizeof(*le), 0);

	memset(le, 0, sizeof(*le));
	le->L = L;
	le->root_fd = -1;
	le->observer_ref = le->trace_ref = le->error_ref = LUA_NOREF;
	luaL_setmetatable(L, ENGINE_TYPE);
	return le;
}

/* What actions left in their TMPDIR goes when the next build begins. */
static void
empty_temp(lua_State *L, const struct lua_engine *le)
{
	struct err e = ERR_INIT;

	if (le->root_fd >= 0 && !fs_remove(le->root_fd, "sky-out/state/tmp", &e))
		lua_err_raise(L, &e);
}

/* Whoever says -j N does not share the jobs of the make that started us. */
static void
read_jobs(lua_State *L, struct engine_config *c)
{
	c->jobs = (int)int_option(L, "jobs", thread_cpu_count(), 1);
	c->jobserver = flag_option(L, "jobserver") ? lua_home(L)->world->jobserver : NULL;
	if (c->jobserver && jobserver_slots(c->jobserver) > c->jobs)
		c->jobs = jobserver_slots(c->jobserver);
}

static int
core_engine(lua_State *L)
{
	static const char *const modes[] = { "coroutine", "restart", NULL };
	struct engine_config c = { 0 };

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	check_options(L);
	struct lua_engine *le = new_engine(L);
	le->build = flag_option(L, "build");
	le->keep_going = flag_option(L, "keep_going");
	le->max_waiting = (uint32_t)int_option(L, "max_waiting", 0, 0);
	read_functions(L, le);
	le->observer_ref = fn_ref(L, "observer");
	le->trace_ref = fn_ref(L, "trace");
	lua_getfield(L, 1, "mode");
	c.restart = luaL_checkoption(L, -1, "coroutine", modes) == 1;
	lua_getfield(L, 1, "seed");
	c.seeded = !lua_isnil(L, -1);
	c.seed = (uint64_t)luaL_optinteger(L, -1, 0);
	c.keys = lua_home(L)->world->keys;
	c.loop = lua_home(L)->world->loop;
	c.host.root_fd = open_root(L, le);
	c.host.root = le->root;
	c.host.out_dir = "sky-out";
	c.host.getenv = host_getenv;
	c.host.builtin_digest = host_builtin;
	c.host.session = (uint64_t)getpid();
	c.host.began_wall_ns = clock_wall_ns();
	c.host.began_mono_ns = clock_mono_ns();
	c.host.dry = flag_option(L, "dry_run");
	open_sandbox(L, le);
	c.host.sandbox = le->sandbox;
	c.host.claims = le->claims = le->build ? claims_new() : NULL;
	c.host.cache = open_cache(L, le);
	c.host.places = le->places = le->build ? places_new() : NULL;
	c.host.steady = le->steady = le->build ? steady_new() : NULL;
	c.host.no_starts = flag_option(L, "no_starts");
	c.host.rerun = flag_option(L, "rerun");
	c.host.twice = flag_option(L, "twice");
	c.runner = le->functions.runner;
	c.evaluators = (int)int_option(L, "evaluators", thread_cpu_count(), 0);
	read_jobs(L, &c);
	c.session = le->build;
	c.readonly = flag_option(L, "readonly");
	c.observer = (struct engine_observer){ .arg = le, .event = on_event, .poll = on_poll,
		.replaced = on_replaced };
	if (le->trace_ref != LUA_NOREF)
		c.observer.trace = lua_result_trace;
	if (le->build && !c.readonly)
		empty_temp(L, le);
	le->e = engine_new(&c);
	add_functions(L, le);
	open_store(L, le);
	if (le->build && !c.readonly)
		le->stale = stale_new(le->e, on_event, le);
	lua_settop(L, 2);
	return 1;
}

static void
close_cache(struct lua_engine *le)
{
	struct buf note = BUF_INIT;

	host_cache_free(le->cache, &note);
	le->cache = NULL;
	if (note.n > 0)
		fprintf(stderr, "skylua: %s\n", note.p);
	buf_fini(&note);
}

static int
engine_lua_close(lua_State *L)
{
	struct lua_engine *le = luaL_checkudata(L, 1, ENGINE_TYPE);
	struct err e = ERR_INIT;
	bool ok = true;

	if (le->e && engine_running(le->e))
		return luaL_error(L, "close: this engine is evaluating already");
	if (le->e)
		ok = engine_close(le->e, &e);
	le->e = NULL;
	stale_free(le->stale);
	le->stale = NULL;
	idset_fini(&le->replaced);
	claims_free(le->claims);
	le->claims = NULL;
	close_cache(le);
	places_free(le->places);
	le->places = NULL;
	steady_free(le->steady);
	le->steady = NULL;
	sandbox_free(le->sandbox);
	le->sandbox = NULL;
	mem_free(le->functions.path);
	mem_free(le->functions.text);
	mem_free(le->root);
	le->functions.path = le->functions.text = le->root = NULL;
	if (le->root_fd >= 0)
		close(le->root_fd);
	le->root_fd = -1;
	return ok ? 0 : lua_err_raise(L, &e);
}

/* engine:is_output(path): does an action of what was asked for make it? */
static int
engine_lua_is_output(lua_State *L)
{
	struct lua_engine *le = luaL_checkudata(L, 1, ENGINE_TYPE);
	struct str path;

	path.p = luaL_checklstring(L, 2, &path.n);
	luaL_argcheck(L, le->claims, 1, "no build");
	lua_pushboolean(L, claims_owner(engine_host(le->e), path) != NULL);
	return 1;
}

static int
engine_lua_give_up(lua_State *L)
{
	struct lua_engine *le = luaL_checkudata(L, 1, ENGINE_TYPE);

	luaL_argcheck(L, le->e, 1, "the engine is closed");
	engine_give_up(le->e, lua_toboolean(L, 2));
	return 0;
}

/* sandbox(root): the version of Landlock; or nil, why not, what it takes */
static int
core_sandbox(lua_State *L)
{
	struct err e = ERR_INIT;
	struct sandbox *s = sandbox_new(luaL_checkstring(L, 1), &e);

	if (s) {
		lua_pushinteger(L, sandbox_version(s));
		sandbox_free(s);
		return 1;
	}
	lua_pushnil(L);
	lua_pushstring(L, e.msg);
	lua_pushstring(L, e.hint);
	err_fini(&e);
	return 3;
}

static int
engine_lua_waiting(lua_State *L)
{
	struct lua_engine *le = luaL_checkudata(L, 1, ENGINE_TYPE);

	lua_pushinteger(L, le->e ? (lua_Integer)engine_waiting(le->e) : 0);
	return 1;
}

void
lua_engine_core(lua_State *L)
{
	luaL_newmetatable(L, ENGINE_TYPE);
	lua_newtable(L);
	lua_result_methods(L);
	lua_pushcfunction(L, engine_lua_close);
	lua_setfield(L, -2, "close");
	lua_pushcfunction(L, engine_lua_is_output);
	lua_setfield(L, -2, "is_output");
	lua_pushcfunction(L, engine_lua_give_up);
	lua_setfield(L, -2, "give_up");
	lua_pushcfunction(L, engine_lua_waiting);
	lua_setfield(L, -2, "waiting");
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, engine_lua_close);
	lua_setfield(L, -2, "__gc");
	lua_pushcfunction(L, engine_lua_close);
	lua_setfield(L, -2, "__close");
	lua_pop(L, 1);
	lua_pushcfunction(L, core_sandbox);
	lua_setfield(L, -2, "sandbox");
	lua_pushcfunction(L, core_engine);
	lua_setfield(L, -2, "engine");
}
