/* action_twice.h -- --check-determinism: a command that ran is run again, and must make
 * the same. */
#ifndef SKY_NODES_ACTION_TWICE_H
#define SKY_NODES_ACTION_TWICE_H

#include "nodes/action_job.h"

/* The first run has ended well: puts its outputs aside.  False with a->e. */
bool action_twice_keep(struct action *a);
/* The second has, too: are its outputs the same, to the byte?  False with a->e, which
 * names the first difference; then both are kept below sky-out/twice. */
bool action_twice_same(struct action *a);

#endif
