/* graph.c -- nodes by key, edges, invalidation. */
#include "graph/graph.h"

#include "base/die.h"

enum { KEYPAGE_BITS = 12, SCAN_LIMIT = 64 };

struct graph *
graph_new(struct keys *keys)
{
	struct graph *g = mem_zalloc(sizeof(*g));

	g->keys = keys;
	g->board = board_new();
	words_init(&g->words);
	return g;
}

void
graph_drop_extra(struct graph *g, struct node *n)
{
	if (!n->extra)
		return;
	if (n->extra->messages)
		g->nmessages--;
	if (n->extra->recovered)
		g->nrecovered--;
	value_unref(n->extra->stamp);
	value_unref(n->extra->messages);
	value_unref(n->extra->recovered);
	past_drop_all(g, n);
	mem_free(n->extra);
	n->extra = NULL;
}

void
graph_free(struct graph *g)
{
	for (uint32_t i = 0; i < g->nnodes; i++) {
		if (graph_is_cold(g, i))
			continue;
		struct node *n = graph_node(g, i);
		value_unref(n->value);
		graph_drop_extra(g, n);
	}
	for (uint32_t i = g->ncold_pages; i << GRAPH_PAGE_BITS < g->nnodes; i++)
		mem_free(g->pages[i]);
	cold_fini(g);
	mem_free(g->pages);
	for (size_t i = 0; i < g->capby_key; i++)
		mem_free(g->by_key[i]);
	mem_free(g->by_key);
	words_fini(&g->words);
	board_free(g->board);
	mem_free(g);
}

uint32_t
graph_find(const struct graph *g, const struct key *key)
{
	uint32_t p = key->id >> KEYPAGE_BITS, id = NODE_NONE;

	if (p < g->capby_key && g->by_key[p])
		id = g->by_key[p][key->id & ((1u << KEYPAGE_BITS) - 1)] - 1;
	return id == NODE_NONE ? cold_find(g, key) : id;
}

static uint32_t *
key_slot(struct graph *g, uint32_t key_id)
{
	uint32_t p = key_id >> KEYPAGE_BITS;

	if (p >= g->capby_key) {
		size_t old = g->capby_key;
		g->by_key = mem_grow(g->by_key, &g->capby_key, p + 1, sizeof(g->by_key[0]));
		memset(g->by_key + old, 0, (g->capby_key - old) * sizeof(g->by_key[0]));
	}
	if (!g->by_key[p])
		g->by_key[p] = mem_zalloc(sizeof(uint32_t) << KEYPAGE_BITS);
	return &g->by_key[p][key_id & ((1u << KEYPAGE_BITS) - 1)];
}

void
graph_set_id(struct graph *g, const struct key *key, uint32_t id)
{
	*key_slot(g, key->id) = id + 1;
}

uint32_t
graph_intern(struct graph *g, const struct key *key)
{
	return graph_intern_id(g, key->id);
}

/* The key itself, which lies anywhere, is looked at for new nodes only. */
uint32_t
graph_intern_id(struct graph *g, uint32_t key_id)
{
	uint32_t *slot = key_slot(g, key_id);

	if (*slot != 0)
		return *slot - 1;
	uint32_t id = g->cold ? cold_find(g, key_by_id(g->keys, key_id)) : NODE_NONE;
	if (id != NODE_NONE) {
		*slot = id + 1;
		return id;
	}
	id = g->nnodes++;
	CHECK(id < GROUP_MARK);
	uint32_t page = id >> GRAPH_PAGE_BITS;
	if (page >= g->ncold_pages && (id & ((1u << GRAPH_PAGE_BITS) - 1)) == 0) {
		g->pages = mem_grow(g->pages, &g->cappages, page + 1, sizeof(g->pages[0]));
		g->pages[page] = mem_zalloc(sizeof(struct node) << GRAPH_PAGE_BITS);
	}
	g->pages[page][id & ((1u << GRAPH_PAGE_BITS) - 1)].key = key_by_id(g->keys, key_id);
	*slot = id + 1;
	return id;
}

/* ---- edges ---- */

static bool
depends_on(const struct graph *g, uint32_t id, uint32_t dep)
{
	uint32_t n;
	const uint32_t *deps = graph_deps(g, id, &n);

	for (struct group_iter i = group_iter_of(deps, n); group_iter_next(&i);)
		if (i.id == dep)
			return true;
	return false;
}

/* Drops edges that are gone and doubles, keeping the order. */
const uint32_t *
graph_rdeps(struct graph *g, struct node *n, uint32_t *count)
{
	if (n->flags & NODE_STALE_RDEPS) {
		uint32_t self = graph_find(g, n->key), k = 0, cap = words_cap(n->nrdeps);
		struct idset seen = { 0 };
		for (uint32_t i = 0; i < n->nrdeps; i++)
			if (depends_on(g, n->rdeps[i], self) &&
			    idset_add(&seen, n->rdeps[i]))
				n->rdeps[k++] = n->rdeps[i];
		idset_fini(&seen);
		if (words_cap(k) != cap) {
			uint32_t *fit = words_new(&g->words, k);
			if (k > 0)
				memcpy(fit, n->rdeps, k * sizeof(fit[0]));
			words_free(&g->words, n->rdeps, cap);
			n->rdeps = fit;
		}
		n->nrdeps = k;
		n->flags &= (uint8_t)~NODE_STALE_RDEPS;
	}
	*count = n->nrdeps;
	return n->rdeps;
}

/* Long lists are cleaned when somebody reads them, so that dropping a million
 * edges to one node stays linear. */
static void
remove_rdep(struct graph *g, uint32_t dep, uint32_t parent)
{
	struct node *d = graph_node(g, dep);

	if (d->nrdeps > SCAN_LIMIT || (d->flags & NODE_STALE_RDEPS)) {
		d->flags |= NODE_STALE_RDEPS;
		return;
	}
	for (uint32_t i = 0; i < d->nrdeps; i++) {
		if (d->rdeps[i] != parent)
			continue;
		uint32_t cap = words_cap(d->nrdeps);
		memmove(d->rdeps + i, d->rdeps + i + 1, (d->nrdeps - i - 1) * sizeof(uint32_t));
		d->nrdeps--;
		if (words_cap(d->nrdeps) != cap) {
			uint32_t *fit = words_new(&g->words, d->nrdeps);
			if (d->nrdeps > 0)
				memcpy(fit, d->rdeps, d->nrdeps * sizeof(fit[0]));
			words_free(&g->words, d->rdeps, cap);
			d->rdeps = fit;
		}
		return;
	}
	CHECK(!"edge without its reverse");
}

/* Exchanges the recorded groups; only real differences touch other nodes. */
static void
set_deps(struct graph *g, uint32_t id, const uint32_t *deps, uint32_t ndeps)
{
	struct node *n = graph_node(g, id);
	struct idset old = { 0 }, now = { 0 };

	if (n->ndeps == ndeps &&
	    (ndeps == 0 || memcmp(n->deps, deps, ndeps * sizeof(deps[0])) == 0))
		return;
	uint32_t *gone = n->deps, ngone = n->ndeps;
	n->deps = words_new(&g->words, ndeps);
	if (ndeps > 0)
		memcpy(n->deps, deps, ndeps * sizeof(deps[0]));
	n->ndeps = ndeps;
	for (struct group_iter i = group_iter_of(gone, ngone); group_iter_next(&i);)
		idset_add(&old, i.id);
	for (struct group_iter i = group_iter_of(deps, ndeps); group_iter_next(&i);)
		if (ngone == 0 || (idset_add(&now, i.id) && !idset_has(&old, i.id))) {
			struct node *d = graph_node(g, i.id);
			words_push(&g->words, &d->rdeps, &d->nrdeps, id);
		}
	for (struct group_iter i = group_iter_of(gone, ngone); group_iter_next(&i);)
		if (!idset_has(&now, i.id))
			remove_rdep(g, i.id, id);
	words_free(&g->words, gone, ngone);
	idset_fini(&old);
	idset_fini(&now);
}

/* ---- results ---- */

void
graph_publish(struct graph *g, const struct node *n)
{
	enum board_kind kind = BOARD_VALUE;

	if (node_state(n) != NODE_DONE)
		kind = BOARD_NONE;
	else if (n->flags & NODE_CYCLE)
		kind = BOARD_NONE;              /* asked for, it is never there */
	else if (node_is_error(n))
		kind = BOARD_ERROR;
	else if (n->extra && n->extra->recovered)
		kind = BOARD_RECOVERED;
	board_put(g->board, n->key->id, kind, n->value);
}

static void
set_extra(struct graph *g, struct node *n, const struct graph_result *r)
{
	struct past *past = n->extra ? n->extra->past : NULL;

	if (n->extra)
		n->extra->past = NULL;
	graph_drop_extra(g, n);
	if (!r->stamp && !r->messages && !r->recovered && !past)
		return;
	n->extra = mem_zalloc(sizeof(*n->extra));
	n->extra->stamp = r->stamp;
	n->extra->messages = r->messages;
	n->extra->recovered = r->recovered;
	n->extra->past = past;
	if (r->messages)
		g->nmessages++;
	if (r->recovered)
		g->nrecovered++;
}

void
graph_result_fini(struct graph_result *r)
{
	value_unref(r->value);
	value_unref(r->stamp);
	value_unref(r->messages);
	value_unref(r->recovered);
}

static bool
same_recovery(const struct node *n, const struct graph_result *r)
{
	const struct value *old = n->extra ? n->extra->recovered : NULL;

	return (!old && !r->recovered) || (old && r->recovered && value_eq(old, r->recovered));
}

bool
graph_store_result(struct graph *g, uint32_t id, struct graph_result *take, uint32_t at)
{
	struct node *n = graph_node(g, id);
	bool same = n->value && node_is_error(n) == take->error &&
	    value_eq(n->value, take->value) && same_recovery(n, take);

	if (n->value && (!same || take->remember))
		past_push(g, n, at, take->remember);
	set_deps(g, id, take->deps, take->ndeps);
	if (same) {
		value_unref(take->value);
	} else {
		value_unref(n->value);
		n->value = take->value;
		n->changed_at = at;
	}
	set_extra(g, n, take);
	n->verified_at = at;
	n->flags &= (uint8_t)~(NODE_ERROR | NODE_TRANSIENT | NODE_UNVERIFIED | NODE_INJECTED |
	    NODE_CYCLE);
	n->flags |= (uint8_t)(NODE_LISTED | (take->error ? NODE_ERROR : 0) |
	    (take->transient ? NODE_TRANSIENT : 0) | (take->cycle ? NODE_CYCLE : 0));
	return !same;
}

bool
graph_restore(struct graph *g, uint32_t id, struct past *p, uint32_t at)
{
	struct graph_result r = {
		.value = p->value, .stamp = p->stamp, .messages = p->messages,
		.recovered = p->recovered, .deps = p->deps, .ndeps = p->ndeps,
		.error = p->error, .remember = true,
	};
	uint32_t *deps = p->deps, ndeps = p->ndeps;

	p->value = p->stamp = p->messages = p->recovered = NULL;
	p->deps = NULL;
	p->ndeps = 0;
	bool changed = graph_store_result(g, id, &r, at);
	words_free(&g->words, deps, ndeps);
	return changed;
}

void
graph_load(struct graph *g, uint32_t id, struct graph_result *take, uint32_t changed_at,
	uint32_t verified_at)
{
	struct node *n = graph_node(g, id);

	graph_store_result(g, id, take, verified_at);
	n->changed_at = changed_at;
	if (node_state(n) != NODE_DONE)
		node_set_state(n, NODE_DONE);
}

void
graph_set_stamp(struct graph *g, struct node *n, struct value *take)
{
	(void)g;
	if (!n->extra)
		n->extra = mem_zalloc(sizeof(*n->extra));
	value_unref(n->extra->stamp);
	n->extra->stamp = take;
}

/* ---- invalidation ---- */

static void
mark(struct graph *g, struct node *n, enum node_state to)
{
	if (node_state(n) == to)
		return;
	node_set_state(n, to);
	board_put(g->board, n->key->id, BOARD_NONE, NULL);
	if (g->observer.dirtied)
		g->observer.dirtied(g->observer.arg, n, to == NODE_CHANGED);
}

struct idstack {
	uint32_t *ids;
	size_t n, cap;
};

static void
push(struct idstack *s, uint32_t id)
{
	if (s->n == s->cap)
		s->ids = mem_grow(s->ids, &s->cap, s->n + 1, sizeof(s->ids[0]));
	s->ids[s->n++] = id;
}

/* A cold node's are exact: a dependency that is dropped by another is thawed. */
static const uint32_t *
rdeps_of(struct graph *g, uint32_t id, uint32_t *count)
{
	const struct frozen_node *f;

	if (!graph_is_cold(g, id))
		return graph_rdeps(g, graph_node(g, id), count);
	f = &g->cold->f->nodes[id];
	*count = f->nrdeps;
	return g->cold->f->rdeps + f->rdeps;
}

/* Breadth first, without recursion; stops at what is not DONE, for what
 * depends on that is not DONE either. */
static void
dirty_rdeps(struct graph *g, struct idstack *frontier)
{
	for (size_t at = 0; at < frontier->n; at++) {
		uint32_t count;
		const uint32_t *r = rdeps_of(g, frontier->ids[at], &count);
		for (uint32_t i = 0; i < count; i++) {
			if (graph_state(g, r[i]) != NODE_DONE)
				continue;
			if (graph_is_cold(g, r[i]))
				cold_set_dirty(g, r[i]);
			else
				mark(g, graph_node(g, r[i]), NODE_DIRTY);
			push(frontier, r[i]);
		}
	}
}

void
graph_dirty(struct graph *g, const uint32_t *ids, size_t n)
{
	struct idstack frontier = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct node *node = graph_node(g, ids[i]);
		if (node_state(node) == NODE_NEW || node_state(node) == NODE_CHANGED)
			continue;
		bool was_done = node_state(node) == NODE_DONE;
		past_drop_results(g, node);
		mark(g, node, NODE_CHANGED);
		if (was_done)
			push(&frontier, ids[i]);
	}
	dirty_rdeps(g, &frontier);
	mem_free(frontier.ids);
}

void
graph_doubt(struct graph *g, const uint32_t *ids, size_t n)
{
	struct idstack frontier = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (graph_state(g, ids[i]) != NODE_DONE)
			continue;
		mark(g, graph_node(g, ids[i]), NODE_DIRTY);
		push(&frontier, ids[i]);
	}
	dirty_rdeps(g, &frontier);
	mem_free(frontier.ids);
}

static void
forget(struct graph *g, uint32_t id)
{
	struct node *n = graph_node(g, id);

	set_deps(g, id, NULL, 0);
	value_unref(n->value);
	n->value = NULL;
	graph_drop_extra(g, n);
	n->changed_at = n->verified_at = 0;
	n->flags &= NODE_STALE_RDEPS;
	if (node_state(n) != NODE_NEW)
		node_set_state(n, NODE_NEW);
	board_put(g->board, n->key->id, BOARD_NONE, NULL);
	if (g->observer.deleted)
		g->observer.deleted(g->observer.arg, n);
}

void
graph_delete(struct graph *g, uint32_t id)
{
	struct idstack frontier = { 0 };
	struct idset seen = { 0 };

	push(&frontier, id);
	idset_add(&seen, id);
	for (size_t at = 0; at < frontier.n; at++) {
		uint32_t count;
		const uint32_t *r = graph_rdeps(g, graph_node(g, frontier.ids[at]), &count);
		for (uint32_t i = 0; i < count; i++)
			if (idset_add(&seen, r[i]))
				push(&frontier, r[i]);
	}
	for (size_t i = frontier.n; i > 0; i--)
		forget(g, frontier.ids[i - 1]);
	idset_fini(&seen);
	mem_free(frontier.ids);
}

void
graph_inject(struct graph *g, uint32_t id, struct value *take, uint32_t at)
{
	struct node *n = graph_node(g, id);
	struct graph_result r = { .value = take };
	bool had = n->value != NULL && node_state(n) == NODE_DONE;

	if (n->ndeps > 0) {
		value_unref(take);
		graph_dirty(g, &id, 1);
		return;
	}
	bool changed = graph_store_result(g, id, &r, at);
	n->flags |= NODE_INJECTED;
	if (changed && had) {
		struct idstack frontier = { 0 };
		push(&frontier, id);
		dirty_rdeps(g, &frontier);
		mem_free(frontier.ids);
	}
	if (node_state(n) != NODE_DONE)
		node_set_state(n, NODE_DONE);
	graph_publish(g, n);
}

void
graph_check(struct graph *g)
{
	for (uint32_t id = 0; id < g->nnodes; id++) {
		struct node *n = graph_node(g, id);
		CHECK(graph_find(g, n->key) == id);
		CHECK(node_state(n) != NODE_DONE || n->value);
		for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);) {
			uint32_t count, k;
			struct node *d = graph_node(g, i.id);
			const uint32_t *r = graph_rdeps(g, d, &count);
			for (k = 0; k < count && r[k] != id; k++)
				;
			CHECK(k < count);
			CHECK(node_state(n) != NODE_DONE || node_state(d) == NODE_DONE ||
			    !d->value);
		}
	}
}
