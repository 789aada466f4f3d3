/* world.h -- what lives as long as the process. */
#ifndef SKY_BIND_WORLD_H
#define SKY_BIND_WORLD_H

#include <stdbool.h>

#include "graph/key.h"
#include "os/jobserver.h"
#include "os/loop.h"

struct lua_State;

/* One per process. */
struct world {
	struct keys *keys;
	struct loop *loop;
	const char *version;          /* of skylua */
	char **argv;
	int argc;
	struct jobserver *jobserver;  /* of the make that started us; NULL: none */
	bool interrupted;             /* a signal asks to stop; engines poll it */
	bool insisted;                /* a second one: at once */
	int signum;                   /* which */
	struct lua_State *main;       /* wants to hear of it (core.on_interrupt); or NULL */
};

#endif
