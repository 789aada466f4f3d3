/* node.h -- a node: what is known of one key, and its states.
 *
 *   NEW       nothing is known (or it was deleted)
 *   DIRTY     an old value; some dependency may have changed: check first
 *   CHANGED   an old value (or none); must be computed anew
 *   QUEUED    wanted by this evaluation, in the ready queue
 *   CHECKING  the recorded dependencies are being brought up to date, group by
 *             group, or still_valid runs
 *   RUNNING   an evaluator runs the function
 *   WAITING   the function asked for something that is not there yet
 *   DONE      value or error, up to date
 *
 *   NEW, DIRTY, CHANGED -> QUEUED              [eval_want]      asked for
 *   QUEUED   -> CHECKING | RUNNING             [eval_step]      its turn
 *   CHECKING -> QUEUED                         [eval_signal]    group is up to date
 *   CHECKING -> DONE                           [eval_commit]    nothing changed
 *   CHECKING -> RUNNING                        [eval_check]     something changed
 *   RUNNING  -> WAITING                        [eval_take]      needs, or a process
 *   WAITING  -> QUEUED                         [eval_signal]    all is there
 *   RUNNING  -> DONE                           [eval_commit]
 *   WAITING, CHECKING, QUEUED -> DONE          [eval_commit]    in a cycle
 *   any in flight -> NEW, DIRTY, CHANGED       [eval_abandon]   stopped
 *   DONE     -> DIRTY | CHANGED                [graph_dirty]
 *   any not in flight -> NEW | DONE            [graph_delete, graph_inject, graph_load]
 *
 * node_set_state is the only function that writes `state`.
 */
#ifndef SKY_GRAPH_NODE_H
#define SKY_GRAPH_NODE_H

#include "base/base.h"
#include "graph/key.h"
#include "graph/value.h"

enum node_state {
	NODE_NEW, NODE_DIRTY, NODE_CHANGED, NODE_QUEUED, NODE_CHECKING, NODE_RUNNING,
	NODE_WAITING, NODE_DONE
};

enum {
	NODE_ERROR = 1,        /* value is an error (eval/errval.h) */
	NODE_TRANSIENT = 2,    /* ... that may be tried again without a change */
	NODE_UNVERIFIED = 4,   /* came from the store: ask still_valid once */
	NODE_STALE_RDEPS = 8,  /* rdeps holds edges that are gone */
	NODE_LISTED = 16,      /* has been computed or injected: shows in engine:keys() */
	NODE_INJECTED = 32,
	NODE_CYCLE = 64        /* the error is a dependency cycle: functions never see it */
};

struct past;

/* What not all nodes have. */
struct node_extra {
	struct value *stamp;       /* owned or NULL; not compared */
	struct value *messages;    /* owned or NULL: list of strings */
	struct value *recovered;   /* owned or NULL: the error that the function, or
	                              one below, met and did not pass on */
	struct past *past;         /* owned: earlier values (past.h) */
};

struct node {
	const struct key *key;
	struct value *value;       /* owned; NULL: none */
	struct node_extra *extra;  /* owned; NULL: none */
	uint32_t *deps;            /* groups of node ids (groups.h) */
	uint32_t *rdeps;           /* nodes with this one among their deps */
	uint32_t ndeps, nrdeps;    /* words */
	uint32_t changed_at;       /* version of the last change of the value */
	uint32_t verified_at;      /* version at which it was last known right */
	uint32_t work;             /* evaluator's record while in flight; 0: none */
	uint8_t state;
	uint8_t flags;
};

const char *node_state_name(enum node_state s);
/* CHECKs that the move is one of the above. */
void node_set_state(struct node *n, enum node_state to);

static inline enum node_state
node_state(const struct node *n)
{
	return (enum node_state)n->state;
}

static inline bool
node_in_flight(const struct node *n)
{
	return n->state >= NODE_QUEUED && n->state <= NODE_WAITING;
}

static inline bool
node_is_error(const struct node *n)
{
	return (n->flags & NODE_ERROR) != 0;
}

#endif
