/* urgency.c -- the critical path: how long is the way from a process to a root?
 *
 * Evaluation goes from the top down, so when a process is wanted, who waits for
 * it, and who waits for them, is known up to the roots.  Each node in flight
 * remembers its way once it has been asked for: the walk costs each edge once.
 * Who comes later to wait for a node that remembers is not counted any more;
 * the order is a matter of speed only.
 */
#include "base/die.h"
#include "eval/work.h"

/* Of what has never run: any number does, when all have the same. */
#define UNKNOWN_NS (INT64_C(100) * 1000000)
#define BUSY UINT64_MAX

struct step {
	uint32_t node;
	size_t next;              /* the waiter to look at next */
	uint64_t best;            /* the longest way of those before */
};

static struct run_cost
cost_of(struct eval *e, uint32_t node)
{
	const struct node *n = graph_node(e->g, node);
	const struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);
	struct run_cost c = { 0, 0 };

	if (!fn || !fn->c || !fn->c->cost)
		return c;
	fn->c->cost(node_stamp(n), &c);
	if (c.wall_ns <= 0)
		c.wall_ns = UNKNOWN_NS;
	return c;
}

static struct step *
push(struct step *steps, size_t *n, size_t *cap, uint32_t node)
{
	if (*n == *cap)
		steps = mem_grow(steps, cap, *n + 1, sizeof(steps[0]));
	steps[(*n)++] = (struct step){ .node = node };
	return steps;
}

/* Who has been given up waits no longer. */
static uint64_t
known_path(struct eval *e, uint32_t node)
{
	const struct node *n = graph_node(e->g, node);

	return node_in_flight(n) ? eval_work(e, node)->path : 1;
}

/* No recursion: a chain of a million is as good as any.  Nodes that wait for each
 * other in a circle count as if they did not. */
static uint64_t
path_of(struct eval *e, uint32_t node)
{
	struct step *steps = NULL;
	size_t n = 0, cap = 0;
	uint64_t way = 0;

	steps = push(steps, &n, &cap, node);
	while (n > 0) {
		struct step *s = &steps[n - 1];
		struct work *w = eval_work(e, s->node);
		if (w->path == 0)
			w->path = BUSY;
		for (; s->next < w->waiters.n; s->next++) {
			uint64_t known = known_path(e, w->waiters.ids[s->next]);
			if (known == 0)
				break;
			if (known != BUSY && known - 1 > s->best)
				s->best = known - 1;
		}
		if (s->next < w->waiters.n) {
			steps = push(steps, &n, &cap, w->waiters.ids[s->next]);
			continue;
		}
		way = s->best + (uint64_t)cost_of(e, s->node).wall_ns;
		w->path = way + 1;
		n--;
	}
	mem_free(steps);
	return way;
}

void
eval_urgency(struct eval *e, struct task *t)
{
	uint64_t known = eval_work(e, t->node)->path;

	t->run->urgency = known > 0 ? known - 1 : path_of(e, t->node);
	t->run->memory = cost_of(e, t->node).memory_kib;
}

void
eval_not_run(struct eval *e, size_t n)
{
	e->out -= (uint32_t)n;
}
