/* messages.c -- a walk over dependencies, depth first, with a stack of its own. */
#include "eval/messages.h"

#include "base/die.h"

struct visit {
	uint32_t node;
	uint32_t at;          /* next word of its deps */
};

struct visits {
	struct visit *v;
	size_t n, cap;
	unsigned char *seen;
};

/* What is not up to date has nothing to say. */
static void
visit(struct visits *s, const struct graph *g, uint32_t id)
{
	if (s->seen[id] || graph_state(g, id) != NODE_DONE)
		return;
	s->seen[id] = 1;
	if (s->n == s->cap)
		s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof(s->v[0]));
	s->v[s->n++] = (struct visit){ id, 0 };
}

void
messages_walk(const struct graph *g, const uint32_t *roots, size_t nroots, messages_fn fn,
	void *arg)
{
	struct visits s = { 0 };

	if (g->nmessages == 0)
		return;
	s.seen = mem_zalloc(g->nnodes);
	for (size_t i = 0; i < nroots; i++) {
		visit(&s, g, roots[i]);
		while (s.n > 0) {
			struct visit *top = &s.v[s.n - 1];
			uint32_t ndeps;
			const uint32_t *deps = graph_deps(g, top->node, &ndeps);
			if (top->at < ndeps) {
				uint32_t word = deps[top->at++];
				if (!(word & GROUP_MARK))
					visit(&s, g, word);
				continue;
			}
			if (graph_speaks(g, top->node))
				fn(arg, top->node);
			s.n--;
		}
	}
	mem_free(s.seen);
	mem_free(s.v);
}
