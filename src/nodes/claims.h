/* claims.h -- which target makes which output, in one session.
 *
 * Declared outputs are compared when a package is loaded; those that rules make up
 * for themselves can only be compared when their actions are looked at.  Shared by
 * all evaluator threads.
 */
#ifndef SKY_NODES_CLAIMS_H
#define SKY_NODES_CLAIMS_H

#include "base/base.h"
#include "eval/host.h"
#include "graph/key.h"
#include "nodes/nodes.h"

/* The path belongs to the target of this ACTION key from now on; NULL, or the
 * ACTION key of another target that has it already. */
const struct key *claims_take(struct claims *c, struct str path, const struct key *action);

/* Those that were found right at the start (host.settled) take what they make: before
 * something is claimed or removed that was not an output of the same action before. */
void claims_settle(const struct host *host);

/* Calls fn(arg) unless somebody has the path, what it lies in, or (`below`) what
 * lies in it; while it runs nobody gets any of that.  False: it was not called. */
bool claims_unless(struct claims *c, struct str path, bool below, void (*fn)(void *arg),
	void *arg);

#endif
