/* lua_main.c -- the main Lua state and what runs in it. */
#include "bind/lua_main.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bind/lua_state.h"

static void
on_signal(struct world *w, int signum)
{
	if (w->interrupted && !w->insisted) {
		w->insisted = true;             /* processes are killed now */
		return;
	}
	if (w->interrupted) {
		jobserver_free(w->jobserver);   /* what we took goes back to make */
		_exit(128 + signum);
	}
	w->interrupted = true;
	w->signum = signum;
	if (!w->main)
		return;
	lua_getfield(w->main, LUA_REGISTRYINDEX, "skylua.on_interrupt");
	lua_pushinteger(w->main, signum);
	if (lua_pcall(w->main, 1, 0, 0) != LUA_OK)
		lua_pop(w->main, 1);
}

static void
on_int(void *arg)
{
	on_signal(arg, SIGINT);
}

static void
on_term(void *arg)
{
	on_signal(arg, SIGTERM);
}

static void
on_hup(void *arg)
{
	on_signal(arg, SIGHUP);
}

void
lua_main_signals(struct world *w)
{
	loop_on_signal(w->loop, SIGINT, on_int, w);
	loop_on_signal(w->loop, SIGTERM, on_term, w);
	loop_on_signal(w->loop, SIGHUP, on_hup, w);
}

/* main(world): requires cli.main and calls it with the arguments. */
static int
run(lua_State *L)
{
	struct world *w = lua_touserdata(L, 1);

	lua_getglobal(L, "require");
	lua_pushliteral(L, "cli.main");
	lua_call(L, 1, 1);
	lua_createtable(L, w->argc, 0);
	for (int i = 0; i < w->argc; i++) {
		lua_pushstring(L, w->argv[i]);
		lua_rawseti(L, -2, i);
	}
	lua_call(L, 1, 1);
	return 1;
}

int
lua_main_run(struct world *w)
{
	lua_State *L = lua_state_new(w, NULL);
	int code = 37;

	lua_pushcfunction(L, lua_state_traceback);
	lua_pushcfunction(L, run);
	lua_pushlightuserdata(L, w);
	if (lua_pcall(L, 1, 1, 1) == LUA_OK)
		code = (int)lua_tointeger(L, -1);
	else
		fprintf(stderr, "skylua: a bug in skylua: %s\n", luaL_tolstring(L, -1, NULL));
	lua_settop(L, 0);
	loop_run(w->loop, false);       /* handles that a script closed end before their state */
	fflush(NULL);
	lua_state_free(L);
	return code;
}
