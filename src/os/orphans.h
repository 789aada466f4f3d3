/* orphans.h -- processes that outlive the action they come from: found and killed.
 *
 * A process whose parent has died becomes our child (spawn_become_subreaper), even
 * when it has made itself a group and a session of its own.  So whoever is our
 * child and was not started by us belongs to an action: to the one whose group it
 * is in, or whose mark is in its environment.  When neither is so (it has emptied
 * its environment), it goes when nothing else runs.  Children in our own group are
 * let alone: Lua code may start processes, too.
 *
 * Children are read from /proc; without it only groups are killed.  Owner thread.
 */
#ifndef SKY_OS_ORPHANS_H
#define SKY_OS_ORPHANS_H

#include <sys/types.h>

#include "base/base.h"
#include "base/buf.h"

struct orphans;

struct orphans *orphans_new(void);
void orphans_free(struct orphans *o);

/* A process that we started. */
void orphans_add(struct orphans *o, pid_t pid);
/* It has been reaped: what is left of its group, and of all with this line in their
 * environment ("NAME=value"; NULL: none), is killed and waited for, a moment at
 * most.  Adds the names of the killed, separated by ", ". */
void orphans_end(struct orphans *o, pid_t pid, const char *mark, struct buf *names);

#endif
