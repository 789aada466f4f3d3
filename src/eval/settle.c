/* settle.c -- looks by all threads, stamps by the owner. */
#include "eval/settle.h"

#include <stdatomic.h>

#include "base/die.h"
#include "os/thread.h"

enum { CHUNK = 16, ALONE = 256 };

struct settle {
	const struct graph *g;
	const struct scan_config *c;
	const uint32_t *ids;
	size_t n;
	struct value **stamps;       /* found: by index in ids, NULL: none */
	_Atomic size_t next;
};

static struct value *
look(const struct settle *s, const struct node *n)
{
	const struct fn *fn = s->c->fn(s->c->arg, n->key);

	if (node_state(n) != NODE_DONE || node_is_error(n) || !node_stamp(n))
		return NULL;
	return fn->c->settle(s->c->host, n->key, n->value, node_stamp(n));
}

static void
look_at_all(void *arg)
{
	struct settle *s = arg;

	for (;;) {
		size_t from = atomic_fetch_add(&s->next, CHUNK);
		if (from >= s->n)
			return;
		for (size_t i = from; i < s->n && i < from + CHUNK; i++)
			s->stamps[i] = look(s, graph_node(s->g, s->ids[i]));
	}
}

void
settle_nodes(struct graph *g, const struct scan_config *c, const uint32_t *ids, size_t n,
	void (*put)(void *arg, uint32_t node), void *arg)
{
	struct settle s = { .g = g, .c = c, .ids = ids, .n = n };
	int threads = n > ALONE ? c->threads : 0;
	struct thread *t = mem_alloc((size_t)(threads + 1) * sizeof(t[0]));

	s.stamps = mem_zalloc(n * sizeof(struct value *));
	for (int i = 0; i < threads; i++)
		thread_start(&t[i], look_at_all, &s);
	look_at_all(&s);
	for (int i = 0; i < threads; i++)
		thread_join(&t[i]);
	mem_free(t);
	for (size_t i = 0; i < n; i++) {
		if (!s.stamps[i])
			continue;
		graph_set_stamp(g, graph_node(g, ids[i]), s.stamps[i]);
		put(arg, ids[i]);
	}
	mem_free(s.stamps);
}
