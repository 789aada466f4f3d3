/* main.c -- puts the pieces together: keys, loop, signals, Lua, the command line. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "bind/lua_main.h"
#include "os/loop.h"
#include "os/spawn.h"

int
main(int argc, char **argv)
{
	struct world w = { .argc = argc, .argv = argv, .version = SKYLUA_VERSION };

	spawn_open_standard();
	w.jobserver = jobserver_join(getenv("MAKEFLAGS"));
	setlocale(LC_ALL, "C");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);       /* a full disk is an error, not the end */
	spawn_become_subreaper();
	w.keys = keys_new();
	w.loop = loop_new();
	lua_main_signals(&w);
	int code = lua_main_run(&w);
	loop_free(w.loop);
	jobserver_free(w.jobserver);
	keys_free(w.keys);
	return code;
}
