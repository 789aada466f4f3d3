/* bubble.c -- fail-fast: the first error passes up to a root.
 *
 * Everything else has stopped.  One parent after the other is entered (or
 * continued) with the error in hand and nothing new to be had, so that it can
 * say what the error means to it; whatever value it returns is ignored, and
 * nothing of this enters the graph.
 */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

static uint32_t
next_parent(const struct eval *e)
{
	for (size_t i = 0; i < e->bubble.parents.n; i++)
		if (node_in_flight(graph_node(e->g, e->bubble.parents.ids[i])))
			return e->bubble.parents.ids[i];
	return NODE_NONE;
}

/* Gives the parent the error: its suspended body goes on, else it is entered. */
static void
send(struct eval *e, uint32_t parent)
{
	struct node *n = graph_node(e->g, parent);
	struct work *w = eval_work(e, parent);
	struct task *t = w->task;

	if (node_state(n) == NODE_WAITING)
		node_set_state(n, NODE_QUEUED);
	if (!t) {
		t = eval_enter(e, parent);
		if (!t)
			return;                 /* no function: committed as an error */
		e->out--;
	} else {
		node_set_state(n, NODE_RUNNING);
		t->cmd = TASK_RESUME;
		if (t->restart) {
			e->stats.restarted++;
			e->stats.evaluated++;
		}
	}
	t->bubbling = true;
	t->bubble_key = graph_node(e->g, e->bubble.node)->key;
	t->bubble_error = e->bubble.error;
	t->next = e->outbox;
	e->outbox = t;
}

/* The error has passed the node. */
static void
pass(struct eval *e, uint32_t node)
{
	const struct work *w = eval_work(e, node);

	ids_push(&e->bubble.chain, node);
	eval_add_root_error(e, node, e->bubble.error);
	e->bubble.node = node;
	e->bubble.parents.n = 0;
	for (size_t i = 0; i < w->waiters.n; i++)
		ids_push(&e->bubble.parents, w->waiters.ids[i]);
}

/* No function ever sees a cycle. */
static bool
is_cycle(const struct eval *e)
{
	const struct node *n = graph_node(e->g, e->bubble.chain.ids[0]);

	return node_state(n) == NODE_DONE && (n->flags & NODE_CYCLE);
}

bool
eval_bubble_step(struct eval *e)
{
	if (e->bubble.chain.n == 1)
		eval_add_root_error(e, e->bubble.node, e->bubble.error);
	for (;;) {
		uint32_t parent = next_parent(e);
		if (parent == NODE_NONE)
			break;
		if (!idset_add(&e->bubble.met, parent)) {
			eval_report_cycle(e);   /* one above the error: it says more */
			break;
		}
		if (!is_cycle(e)) {
			send(e, parent);
			return true;
		}
		pass(e, parent);
	}
	e->bubble.on = false;
	return false;
}

void
eval_bubble_take(struct eval *e, struct task *t)
{
	if (t->reply == TASK_ERROR && t->result) {
		value_unref(e->bubble.error);
		e->bubble.error = t->result;
		t->result = NULL;
	}
	t->bubbling = false;
	node_set_state(graph_node(e->g, t->node), NODE_WAITING);
	pass(e, t->node);
}
