/* main.c -- puts the pieces together: keys, loop, signals, Lua, the command line. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "bind/lua_main.h"
#include "os/loop.h"
#include "os/spawn.h"

int
main(int argc, char **argv)
{
	struct world w = { .argc = argc, .argv = argv, .version = SKYLUA_VERSION };

	setlocale(LC_ALL, "C");
	signal(SIGPIPE, SIG_IGN);
	spawn_become_subreaper();
	w.keys = keys_new();
	w.loop = loop_new();
	lua_main_signals(&w);
	int code = lua_main_run(&w);
	loop_free(w.loop);
	keys_free(w.keys);
	return code;
}
