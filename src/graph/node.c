/* node.c -- the moves between states. */
#include "graph/node.h"

#define BIT(s) (1u << (s))

static const unsigned moves[] = {
	[NODE_NEW] = BIT(NODE_QUEUED) | BIT(NODE_DONE) | BIT(NODE_DIRTY) | BIT(NODE_CHANGED),
	[NODE_DIRTY] = BIT(NODE_QUEUED) | BIT(NODE_CHANGED) | BIT(NODE_NEW) | BIT(NODE_DONE),
	[NODE_CHANGED] = BIT(NODE_QUEUED) | BIT(NODE_NEW) | BIT(NODE_DONE),
	[NODE_QUEUED] = BIT(NODE_CHECKING) | BIT(NODE_RUNNING) | BIT(NODE_DONE) |
	    BIT(NODE_NEW) | BIT(NODE_DIRTY) | BIT(NODE_CHANGED),
	[NODE_CHECKING] = BIT(NODE_QUEUED) | BIT(NODE_RUNNING) | BIT(NODE_DONE) |
	    BIT(NODE_NEW) | BIT(NODE_DIRTY) | BIT(NODE_CHANGED),
	[NODE_RUNNING] = BIT(NODE_WAITING) | BIT(NODE_DONE) | BIT(NODE_NEW) |
	    BIT(NODE_DIRTY) | BIT(NODE_CHANGED),
	[NODE_WAITING] = BIT(NODE_QUEUED) | BIT(NODE_DONE) | BIT(NODE_NEW) |
	    BIT(NODE_DIRTY) | BIT(NODE_CHANGED),
	[NODE_DONE] = BIT(NODE_DIRTY) | BIT(NODE_CHANGED) | BIT(NODE_NEW),
};

const char *
node_state_name(enum node_state s)
{
	static const char *const names[] = {
		"new", "dirty", "changed", "queued", "checking", "running", "waiting", "done"
	};
	return names[s];
}

void
node_set_state(struct node *n, enum node_state to)
{
	CHECK((moves[n->state] & BIT(to)) != 0);
	n->state = (uint8_t)to;
}
