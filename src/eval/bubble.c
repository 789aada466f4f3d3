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

void
eval_add_root_error(struct eval *e, uint32_t node, const struct value *error)
{
	for (size_t i = 0; i < e->roots.n; i++) {
		if (e->roots.ids[i] != node || eval_root_error(e, node))
			continue;
		if (e->nerrors == e->caperrors)
			e->errors = mem_grow(e->errors, &e->caperrors, e->nerrors + 1,
			    sizeof(e->errors[0]));
		struct root_error *r = &e->errors[e->nerrors++];
		*r = (struct root_error){ .node = node, .error = value_ref(error) };
		for (size_t k = e->bubble.chain.n; k > 0; k--)
			ids_push(&r->chain, e->bubble.chain.ids[k - 1]);
	}
}

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

bool
eval_bubble_step(struct eval *e)
{
	uint32_t parent = next_parent(e);

	if (parent == NODE_NONE) {
		e->bubble.on = false;
		return false;
	}
	if (!idset_add(&e->bubble.met, parent)) {
		e->bubble.on = false;           /* a cycle above the error: report that */
		return eval_find_cycles(e);
	}
	send(e, parent);
	return true;
}

void
eval_bubble_take(struct eval *e, struct task *t)
{
	struct work *w = eval_work(e, t->node);

	if (t->reply == TASK_ERROR && t->result) {
		value_unref(e->bubble.error);
		e->bubble.error = t->result;
		t->result = NULL;
	}
	t->bubbling = false;
	node_set_state(graph_node(e->g, t->node), NODE_WAITING);
	ids_push(&e->bubble.chain, t->node);
	eval_add_root_error(e, t->node, e->bubble.error);
	e->bubble.node = t->node;
	e->bubble.parents.n = 0;
	for (size_t i = 0; i < w->waiters.n; i++)
		ids_push(&e->bubble.parents, w->waiters.ids[i]);
}
