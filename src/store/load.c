/* load.c -- which items can be believed, and putting them in.
 *
 * An item is whole when it has a result and all its dependencies are whole.  One
 * of a kept function that is not whole is loose: loaded without dependencies, to
 * be computed again; for what rests on it, that is as good as whole.
 * The records come in no useful order (a dependency recomputed later stands
 * behind), so this is a depth-first search, with a stack of its own.  A circle,
 * which no writer makes, is not whole.
 */
#include "store/load.h"

#include "base/die.h"
#include "store/format.h"

enum verdict { UNKNOWN, ASKED, WHOLE, LOOSE, BROKEN };

struct step {
	uint32_t item;
	struct group_iter rest;
};

struct loader {
	struct reader *r;
	struct graph *g;
	uint8_t *verdict;     /* by key number */
	uint32_t *node;       /* by key number: its node, where whole */
	struct step *stack;
	size_t n, cap;
	uint32_t *redo;       /* nodes to be computed again: stale or behind */
	size_t nredo, capredo;
};

/* The number that counts: a key that was numbered anew is one item. */
static uint32_t
current(const struct reader *r, uint32_t i)
{
	while (r->items[i].newer != INDEX_NONE)
		i = r->items[i].newer;
	return i;
}

static struct group_iter
deps_of(const struct reader *r, uint32_t i)
{
	return group_iter_of(r->deps + r->items[i].deps, r->items[i].ndeps);
}

static void
ask(struct loader *l, uint32_t i)
{
	if (!l->r->items[i].key || l->r->items[i].values == 0) {
		l->verdict[i] = BROKEN;
		return;
	}
	if (l->r->items[i].doubt) {
		l->verdict[i] = LOOSE;
		return;
	}
	l->verdict[i] = ASKED;
	if (l->n == l->cap)
		l->stack = mem_grow(l->stack, &l->cap, l->n + 1, sizeof(l->stack[0]));
	l->stack[l->n++] = (struct step){ i, deps_of(l->r, i) };
}

/* Looks at dependencies of the item on top until one must be asked first (then
 * that is on top) or the verdict is clear. */
static void
step(struct loader *l)
{
	struct step *top = &l->stack[l->n - 1];
	struct group_iter next = top->rest;

	while (group_iter_next(&next)) {
		uint32_t id = current(l->r, next.id);
		uint8_t verdict = l->verdict[id];
		if (verdict == UNKNOWN) {
			ask(l, id);
			return;
		}
		if (verdict != WHOLE && verdict != LOOSE) {
			l->verdict[top->item] = l->r->items[top->item].kept ? LOOSE : BROKEN;
			l->n--;
			return;
		}
		top->rest = next;
	}
	l->verdict[top->item] = WHOLE;
	l->n--;
}

static void
judge_all(struct loader *l)
{
	for (uint32_t i = 0; i < l->r->ix->nslots; i++) {
		if (l->verdict[i] == UNKNOWN && current(l->r, i) == i)
			ask(l, i);
		while (l->n > 0)
			step(l);
	}
}

static void
add_redo(struct loader *l, uint32_t id)
{
	if (l->nredo == l->capredo)
		l->redo = mem_grow(l->redo, &l->capredo, l->nredo + 1, sizeof(l->redo[0]));
	l->redo[l->nredo++] = id;
}

static struct value *
value_if(struct reader *r, struct dec *d, bool there)
{
	return there ? reader_value(r, d) : NULL;
}

/* Key numbers in the groups become node ids in place: each is used once. */
static void
put(struct loader *l, uint32_t i)
{
	struct reader *r = l->r;
	const struct reader_item *item = &r->items[i];
	bool loose = l->verdict[i] == LOOSE;
	struct dec d = dec_of(r->log.p + item->values, r->log.n - item->values);
	uint32_t *deps = r->deps + item->deps;
	struct graph_result result = { .deps = deps, .ndeps = loose ? 0 : item->ndeps };
	struct node *n = graph_node(l->g, l->node[i]);

	for (uint32_t k = 0; k < result.ndeps; k++)
		if (!(deps[k] & GROUP_MARK))
			deps[k] = l->node[current(r, deps[k])];
	result.value = reader_value(r, &d);
	result.stamp = value_if(r, &d, item->flags & FORMAT_STAMP);
	result.messages = value_if(r, &d, item->flags & FORMAT_MESSAGES);
	result.recovered = value_if(r, &d, item->flags & FORMAT_RECOVERED);
	graph_load(l->g, l->node[i], &result, item->changed_at, item->verified_at);
	if (item->flags & FORMAT_INJECTED)
		n->flags |= NODE_INJECTED;
	if (item->session)
		n->flags |= NODE_UNVERIFIED;
	index_set_live(r->ix, i, !loose);
	if (item->stale || loose)
		add_redo(l, l->node[i]);
}

/* The nodes that an item's edges will touch lie anywhere: asked for ahead of
 * time, they arrive while other items are put. */
static void
fetch_deps(const struct loader *l, uint32_t i)
{
	if (i >= l->r->ix->nslots || l->verdict[i] != WHOLE)
		return;              /* a loose one will have no edges */
	for (struct group_iter k = deps_of(l->r, i); group_iter_next(&k);)
		__builtin_prefetch(&graph_node(l->g, l->node[current(l->r, k.id)])->rdeps, 1);
}

static bool
is_behind(const struct graph *g, const struct node *n)
{
	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
		if (graph_node(g, i.id)->changed_at > n->verified_at)
			return true;
	return false;
}

/* What was recorded before one of its dependencies changed.  The last change of
 * all spares most nodes the look at their dependencies. */
static void
add_behind(struct loader *l)
{
	struct graph *g = l->g;
	uint32_t last = 0;

	for (uint32_t id = 0; id < g->nnodes; id++)
		if (graph_node(g, id)->changed_at > last)
			last = graph_node(g, id)->changed_at;
	for (uint32_t id = 0; id < g->nnodes; id++)
		if (graph_node(g, id)->verified_at < last && is_behind(g, graph_node(g, id)))
			add_redo(l, id);
}

void
load_graph(struct reader *r, struct graph *g)
{
	uint32_t n = r->ix->nslots;
	struct loader l = { .r = r, .g = g };

	CHECK(g->nnodes == 0);
	l.verdict = mem_zalloc(n);
	l.node = mem_alloc(n * sizeof(l.node[0]));
	judge_all(&l);
	for (uint32_t i = 0; i < n; i++)
		if (l.verdict[i] == WHOLE || l.verdict[i] == LOOSE)
			l.node[i] = graph_intern(g, r->items[i].key);
	for (uint32_t i = 0; i < n; i++) {
		fetch_deps(&l, i + 8);
		if (l.verdict[i] == WHOLE || l.verdict[i] == LOOSE)
			put(&l, i);
	}
	add_behind(&l);
	graph_dirty(g, l.redo, l.nredo);
	if (r->version > g->version)
		g->version = r->version;
	mem_free(l.verdict);
	mem_free(l.node);
	mem_free(l.stack);
	mem_free(l.redo);
}
