/* lua_main.h -- the main Lua state, without Lua's own headers. */
#ifndef SKY_BIND_LUA_MAIN_H
#define SKY_BIND_LUA_MAIN_H

#include "bind/world.h"

#define SKYLUA_VERSION "0.1.0"

/* Ctrl-C and friends: the first asks to stop, the second ends at once. */
void lua_main_signals(struct world *w);
/* Runs the command line (lua/cli/main.lua); the exit code. */
int lua_main_run(struct world *w);

#endif
