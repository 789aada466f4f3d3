/* load.c -- the newest results of the log into the graph that the snapshot has made.
 *
 * A node may rest on what is not there: then it is dirty, and what it rests on
 * is computed when it is asked for.
 */
#include "store/load.h"

#include "base/die.h"
#include "store/format.h"

struct loader {
	struct reader *r;
	struct graph *g;
	uint32_t *node;       /* by key number: its node, or NODE_NONE */
	uint32_t *redo;       /* nodes to be computed again */
	size_t nredo, capredo;
	uint32_t *doubt;      /* nodes that rest on what is not right for sure */
	size_t ndoubt, capdoubt;
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
add_redo(struct loader *l, uint32_t id)
{
	if (l->nredo == l->capredo)
		l->redo = mem_grow(l->redo, &l->capredo, l->nredo + 1, sizeof(l->redo[0]));
	l->redo[l->nredo++] = id;
}

static void
add_doubt(struct loader *l, uint32_t id)
{
	if (l->ndoubt == l->capdoubt)
		l->doubt = mem_grow(l->doubt, &l->capdoubt, l->ndoubt + 1, sizeof(l->doubt[0]));
	l->doubt[l->ndoubt++] = id;
}

/* A key of a function that is not known here has no node. */
static bool
deps_known(const struct loader *l, uint32_t i)
{
	for (struct group_iter k = deps_of(l->r, i); group_iter_next(&k);)
		if (l->node[current(l->r, k.id)] == NODE_NONE)
			return false;
	return true;
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
	struct dec d = dec_of(r->log.p + item->values, r->log.n - item->values);
	uint32_t *deps = r->deps + item->deps;
	struct graph_result result = { .deps = deps, .ndeps = item->ndeps };
	struct node *n = graph_node(l->g, l->node[i]);

	for (uint32_t k = 0; k < item->ndeps; k++)
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
}

/* The nodes that an item's edges will touch lie anywhere: asked for ahead of
 * time, they arrive while other items are put. */
static void
fetch_deps(const struct loader *l, uint32_t i)
{
	if (i >= l->r->ix->nslots || l->r->items[i].values == 0)
		return;
	for (struct group_iter k = deps_of(l->r, i); group_iter_next(&k);) {
		uint32_t id = l->node[current(l->r, k.id)];
		if (id != NODE_NONE && !graph_is_cold(l->g, id))
			__builtin_prefetch(&graph_node(l->g, id)->rdeps, 1);
	}
}

static bool
counts(const struct loader *l, uint32_t i)
{
	return current(l->r, i) == i && l->node[i] != NODE_NONE;
}

static bool
is_whole(const struct loader *l, uint32_t i)
{
	return l->r->items[i].values > 0 && deps_known(l, i);
}

/* What is there counts. */
static void
load_item(struct loader *l, uint32_t i, bool whole)
{
	const struct reader_item *item = &l->r->items[i];

	if (!whole || !counts(l, i))
		return;
	put(l, i);
	if (item->stale || item->doubt)
		add_redo(l, l->node[i]);
}

/* Else what the snapshot says, unless that was taken back.  By now it is known what
 * rests on it. */
static void
take_back(struct loader *l, uint32_t i, bool whole)
{
	const struct reader_item *item = &l->r->items[i];
	uint32_t id = l->node[i];

	if (whole || !counts(l, i))
		return;
	if (item->values == 0 && !item->forgotten && item->doubt)
		add_redo(l, id);
	else if ((item->values > 0 || item->forgotten) && graph_state(l->g, id) != NODE_NEW)
		graph_lose(l->g, id);
}

/* A dependency that the snapshot has as dirty may turn out right, and then nobody
 * writes that down: what rests on it is to be checked, each time, not computed. */
static void
judge(struct loader *l, uint32_t id)
{
	uint32_t n, verified_at = graph_verified_at(l->g, id);
	const uint32_t *deps = graph_deps(l->g, id, &n);
	bool doubt = false;

	for (struct group_iter i = group_iter_of(deps, n); group_iter_next(&i);) {
		enum node_state state = graph_state(l->g, i.id);
		if (state == NODE_NEW || graph_changed_at(l->g, i.id) > verified_at) {
			add_redo(l, id);
			return;
		}
		doubt = doubt || state != NODE_DONE;
	}
	if (doubt)
		add_doubt(l, id);
}

/* What was recorded before one of its dependencies changed: looked for around the
 * log's own nodes, for the snapshot knows of its own. */
static void
add_behind(struct loader *l)
{
	uint32_t n = l->r->ix->nslots, count;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = l->node[i];
		if (!counts(l, i) || graph_is_cold(l->g, id))
			continue;
		if (graph_state(l->g, id) == NODE_DONE)
			judge(l, id);
		const uint32_t *r = graph_rdeps(l->g, graph_node(l->g, id), &count);
		for (uint32_t k = 0; k < count; k++)
			if (graph_changed_at(l->g, id) > graph_verified_at(l->g, r[k]))
				add_redo(l, r[k]);
	}
}

void
load_graph(struct reader *r, struct graph *g)
{
	uint32_t n = r->ix->nslots;
	struct loader l = { .r = r, .g = g };

	l.node = mem_alloc(n * sizeof(l.node[0]));
	bool *whole = mem_alloc(n * sizeof(whole[0]));
	for (uint32_t i = 0; i < n; i++)
		l.node[i] = r->items[i].key ? graph_intern(g, r->items[i].key) : NODE_NONE;
	for (uint32_t i = 0; i < n; i++)      /* putting uses deps up */
		whole[i] = is_whole(&l, i);
	for (uint32_t i = 0; i < n; i++) {
		fetch_deps(&l, i + 8);
		load_item(&l, i, whole[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		take_back(&l, i, whole[i]);
	add_behind(&l);
	graph_dirty(g, l.redo, l.nredo);
	graph_doubt(g, l.doubt, l.ndoubt);
	if (r->version > g->version)
		g->version = r->version;
	mem_free(l.node);
	mem_free(whole);
	mem_free(l.redo);
	mem_free(l.doubt);
}
