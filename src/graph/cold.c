/* cold.c -- thawing. */
#include "graph/cold.h"

#include "base/die.h"
#include "graph/graph.h"

enum { PAGE = 1 << GRAPH_PAGE_BITS };

/* ---- life ---- */

/* One block, of which only the pages that are touched cost memory. */
static void
make_pages(struct graph *g, struct cold *c, uint32_t n)
{
	uint32_t npages = (n + PAGE - 1) / PAGE;

	c->nodes = mem_zalloc((size_t)npages * PAGE * sizeof(c->nodes[0]));
	g->pages = mem_grow(g->pages, &g->cappages, npages, sizeof(g->pages[0]));
	for (uint32_t i = 0; i < npages; i++)
		g->pages[i] = c->nodes + (size_t)i * PAGE;
	g->ncold_pages = npages;
	g->nnodes = n;
}

static void
map_fns(struct cold *c)
{
	for (uint32_t i = 0; i < c->f->nfns; i++)
		if (c->f->fns[i].fn >= c->nfns)
			c->nfns = c->f->fns[i].fn + (size_t)1;
	c->fns = mem_zalloc(c->nfns * sizeof(c->fns[0]));
	for (uint32_t i = 0; i < c->f->nfns; i++)
		c->fns[c->f->fns[i].fn] = i + 1;
}

static uint8_t
first_state(const struct frozen_node *n, const struct frozen_fn *fn)
{
	uint8_t is = n->flags & FROZEN_BEHIND ? COLD_DIRTY : 0;

	if (!fn->known || !(n->flags & FROZEN_VALUE))
		return COLD_REDO | COLD_LOST;
	if (fn->redo || (n->flags & FROZEN_REDO))
		is |= COLD_REDO;
	return is;
}

/* What rests on a node that is not DONE is dirty. */
static void
spread(struct cold *c)
{
	uint32_t *front = NULL;
	size_t n = 0, cap = 0;

	for (uint32_t id = 0; id < c->f->nnodes; id++) {
		if (c->is[id] == 0)
			continue;
		front = mem_grow(front, &cap, n + 1, sizeof(front[0]));
		front[n++] = id;
	}
	while (n > 0) {
		const struct frozen_node *at = &c->f->nodes[front[--n]];
		for (uint32_t i = 0; i < at->nrdeps; i++) {
			uint32_t id = c->f->rdeps[at->rdeps + i];
			if (c->is[id] & (COLD_DIRTY | COLD_REDO))
				continue;
			c->is[id] |= COLD_DIRTY;
			front = mem_grow(front, &cap, n + 1, sizeof(front[0]));
			front[n++] = id;
		}
	}
	mem_free(front);
}

static bool
all_current(const struct frozen *f)
{
	for (uint32_t i = 0; i < f->nfns; i++)
		if (!f->fns[i].known || f->fns[i].redo)
			return false;
	return f->nbehind == 0;
}

void
cold_attach(struct graph *g, const struct frozen *f, void (*release)(void *arg), void *arg)
{
	struct cold *c = mem_zalloc(sizeof(*c));

	CHECK(g->nnodes == 0 && !g->cold);
	c->f = f;
	c->release = release;
	c->arg = arg;
	g->cold = c;
	make_pages(g, c, f->nnodes);
	map_fns(c);
	words_set_foreign(&g->words, f->begin, f->end);
	c->is = mem_zalloc(f->nnodes);
	c->depsets = mem_zalloc(f->ndepsets * sizeof(struct value *));
	g->nmessages = f->nmessages;
	g->nrecovered = f->nrecovered;
	if (f->version > g->version)
		g->version = f->version;
	if (all_current(f))
		return;
	for (uint32_t id = 0; id < f->nnodes; id++)
		c->is[id] = first_state(&f->nodes[id], &f->fns[f->nodes[id].fn]);
	spread(c);
}

void
cold_fini(struct graph *g)
{
	struct cold *c = g->cold;

	if (!c)
		return;
	for (uint32_t i = 0; i < c->f->ndepsets; i++)
		value_unref(c->depsets[i]);
	mem_free(c->depsets);
	mem_free(c->nodes);
	mem_free(c->fns);
	mem_free(c->is);
	c->release(c->arg);
	mem_free(c);
	g->cold = NULL;
}

uint32_t
cold_find(const struct graph *g, const struct key *key)
{
	const struct cold *c = g->cold;

	if (!c || key->fn >= c->nfns || c->fns[key->fn] == 0)
		return NODE_NONE;
	return frozen_find(c->f, (uint16_t)(c->fns[key->fn] - 1), key->arg, key->size);
}

void
cold_open(struct graph *g, bool doubt)
{
	struct cold *c = g->cold;

	if (c)
		c->open = true;
	for (uint32_t id = 0; c && doubt && id < c->f->nnodes; id++)
		if (!(c->is[id] & (COLD_THAWED | COLD_REDO)))
			c->is[id] |= COLD_DIRTY;
}

/* ---- values ---- */

static bool
kids_known(const struct frozen *f, const struct frozen_part *p, uint32_t below)
{
	for (uint32_t i = 0; i < p->nkids; i++)
		if (p->kids[i] >= below)
			return false;
	return value_valid(p->bytes, p->size, p->nkids) && below <= f->ndepsets;
}

static struct value *depset_of(struct cold *c, uint32_t want);

/* NULL when it is damaged. */
static struct value *
make_value(struct cold *c, const struct frozen_part *p, uint32_t below)
{
	struct value *few[8], **kids = few, *v = NULL;
	bool ok = kids_known(c->f, p, below);

	if (p->nkids > ARRAY_LEN(few))
		kids = mem_alloc(p->nkids * sizeof(kids[0]));
	for (uint32_t i = 0; i < p->nkids && ok; i++) {
		kids[i] = depset_of(c, p->kids[i]);
		ok = kids[i] != NULL;
	}
	if (ok)
		v = value_new(p->bytes, p->size, kids, p->nkids);
	if (kids != few)
		mem_free(kids);
	return v;
}

/* Makes what `at` needs first, else itself; false when it is damaged. */
static bool
depset_step(struct cold *c, uint32_t **stack, size_t *n, size_t *cap)
{
	uint32_t want = (*stack)[*n - 1], at = c->f->depsets[want];
	struct frozen_part p;

	if (!frozen_part(c->f, &at, &p) || !kids_known(c->f, &p, want))
		return false;
	for (uint32_t i = 0; i < p.nkids; i++) {
		if (c->depsets[p.kids[i]])
			continue;
		*stack = mem_grow(*stack, cap, *n + 1, sizeof(**stack));
		(*stack)[(*n)++] = p.kids[i];
		return true;
	}
	c->depsets[want] = make_value(c, &p, want);
	(*n)--;
	return c->depsets[want] != NULL;
}

/* Without recursion: chains of depsets are as long as chains of libraries. */
static struct value *
depset_of(struct cold *c, uint32_t want)
{
	uint32_t *stack = NULL;
	size_t n = 0, cap = 0;
	bool ok = true;

	if (c->depsets[want])
		return c->depsets[want];
	stack = mem_grow(stack, &cap, 16, sizeof(stack[0]));
	stack[n++] = want;
	while (n > 0 && ok)
		ok = depset_step(c, &stack, &n, &cap);
	mem_free(stack);
	return ok ? c->depsets[want] : NULL;
}

bool
cold_values(struct cold *c, uint32_t id, struct value *out[4])
{
	const struct frozen_node *f = &c->f->nodes[id];
	uint32_t at = f->parts;
	struct frozen_part p;
	bool ok = true;

	memset(out, 0, 4 * sizeof(out[0]));
	for (unsigned i = 0; i < 4 && ok; i++) {
		if (!(f->flags & (FROZEN_VALUE << i)))
			continue;
		out[i] = frozen_part(c->f, &at, &p) ? make_value(c, &p, c->f->ndepsets) : NULL;
		ok = out[i] != NULL;
	}
	for (unsigned i = 0; i < 4 && !ok; i++) {
		value_unref(out[i]);
		out[i] = NULL;
	}
	return ok && out[0];
}

static bool
thaw_values(struct cold *c, uint32_t id, struct node *n)
{
	struct value *v[4];

	if (!cold_values(c, id, v))
		return false;
	n->value = v[0];
	if (v[1] || v[2] || v[3]) {
		n->extra = mem_zalloc(sizeof(*n->extra));
		n->extra->stamp = v[1];
		n->extra->messages = v[2];
		n->extra->recovered = v[3];
	}
	return true;
}

/* What cannot be had is not counted any more. */
static void
uncount(struct graph *g, const struct frozen_node *f, const struct node *n)
{
	if ((f->flags & FROZEN_MESSAGES) && !(n->extra && n->extra->messages))
		g->nmessages--;
	if ((f->flags & FROZEN_RECOVERED) && !(n->extra && n->extra->recovered))
		g->nrecovered--;
}

void
cold_thaw(struct graph *g, uint32_t id)
{
	struct cold *c = g->cold;
	const struct frozen_node *f = &c->f->nodes[id];
	const struct frozen_fn *fn = &c->f->fns[f->fn];
	struct node *n = &c->nodes[id];
	uint8_t is = c->is[id];

	n->key = key_intern(g->keys, fn->fn, c->f->keys + f->key, f->key_size);
	graph_set_id(g, n->key, id);
	c->is[id] |= COLD_THAWED;
	n->deps = (uint32_t *)(uintptr_t)(c->f->deps + f->deps);
	n->ndeps = f->ndeps;
	n->rdeps = (uint32_t *)(uintptr_t)(c->f->rdeps + f->rdeps);
	n->nrdeps = f->nrdeps;
	n->changed_at = f->changed_at;
	n->verified_at = f->verified_at;
	n->flags = (uint8_t)(NODE_LISTED | (f->flags & FROZEN_INJECTED ? NODE_INJECTED : 0) |
	    (fn->session && !(is & COLD_VERIFIED) ? NODE_UNVERIFIED : 0));
	bool ok = !(is & COLD_LOST) && thaw_values(c, id, n);
	uncount(g, f, n);
	if (!ok && !(f->flags & FROZEN_VALUE) && f->ndeps == 0) {
		n->flags = 0;           /* never known but by name */
		return;
	}
	node_set_state(n, NODE_DONE);
	if (!ok || (is & COLD_REDO))
		node_set_state(n, NODE_CHANGED);
	else if (is & COLD_DIRTY)
		node_set_state(n, NODE_DIRTY);
	else if (c->open)
		graph_publish(g, n);
}

/* ---- questions ---- */

static const struct frozen_node *
cold_node(const struct graph *g, uint32_t id)
{
	return graph_is_cold(g, id) ? &g->cold->f->nodes[id] : NULL;
}

bool
graph_is_cold(const struct graph *g, uint32_t id)
{
	return g->cold && id < g->cold->f->nnodes && !(g->cold->is[id] & COLD_THAWED);
}

enum node_state
graph_state(const struct graph *g, uint32_t id)
{
	if (!graph_is_cold(g, id))
		return node_state(graph_node(g, id));
	uint8_t is = g->cold->is[id];
	return is & COLD_REDO ? NODE_CHANGED : is & COLD_DIRTY ? NODE_DIRTY : NODE_DONE;
}

uint32_t
graph_changed_at(const struct graph *g, uint32_t id)
{
	const struct frozen_node *f = cold_node(g, id);

	return f ? f->changed_at : graph_node(g, id)->changed_at;
}

uint32_t
graph_verified_at(const struct graph *g, uint32_t id)
{
	const struct frozen_node *f = cold_node(g, id);

	return f ? f->verified_at : graph_node(g, id)->verified_at;
}

const uint32_t *
graph_deps(const struct graph *g, uint32_t id, uint32_t *words)
{
	const struct frozen_node *f = cold_node(g, id);
	const struct node *n = f ? NULL : graph_node(g, id);

	*words = f ? f->ndeps : n->ndeps;
	return f ? g->cold->f->deps + f->deps : n->deps;
}

bool
graph_speaks(const struct graph *g, uint32_t id)
{
	const struct frozen_node *f = cold_node(g, id);
	const struct node *n = f ? NULL : graph_node(g, id);

	return f ? (f->flags & FROZEN_MESSAGES) != 0 : n->extra && n->extra->messages;
}

uint32_t
graph_count(const struct graph *g)
{
	uint32_t n = 0;

	for (uint32_t id = 0; id < g->nnodes; id++)
		n += graph_is_cold(g, id) ? !(g->cold->is[id] & COLD_LOST) :
		    (graph_node(g, id)->flags & NODE_LISTED) != 0;
	return n;
}

bool
graph_is_settled(const struct graph *g, uint32_t id)
{
	return graph_is_cold(g, id) && !(g->cold->is[id] & (COLD_DIRTY | COLD_REDO)) &&
	    !(g->cold->f->nodes[id].flags & FROZEN_RECOVERED);
}

void
cold_set_dirty(struct graph *g, uint32_t id)
{
	g->cold->is[id] |= COLD_DIRTY;
}

void
cold_set_verified(struct graph *g, uint32_t id)
{
	g->cold->is[id] = COLD_VERIFIED;
}

void
graph_lose(struct graph *g, uint32_t id)
{
	struct node *n = graph_node(g, id);

	graph_dirty(g, &id, 1);
	value_unref(n->value);
	n->value = NULL;
	graph_drop_extra(g, n);
}
