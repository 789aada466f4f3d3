/* cycle.c -- when nothing moves and a root is not done, there is a cycle.
 *
 * Then every node in flight waits, at last, for a cycle.  The strongly connected
 * components of what waits are found in one walk with a stack of its own, the
 * last dependency first, and they come out with dependencies before dependents:
 * so each can be ended at once, with the cycles found in it and those that its
 * dependencies are in error for.  All this is linear: members of a component and
 * whoever stands above share one error value, with the cycle beginning at its
 * least key; who shows it turns it (trail.c).
 */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

enum {
	MAX_CYCLES = 20,          /* reported of one component */
	MAX_KEYS = 2000           /* ... unless the first alone is longer */
};

struct frame {
	uint32_t node;
	size_t left;              /* words of its groups still to be looked at */
};

struct path {
	struct eval *e;
	struct frame *frames;
	size_t depth, cap;
};

static void
enter(struct path *p, uint32_t node)
{
	if (p->depth == p->cap)
		p->frames = mem_grow(p->frames, &p->cap, p->depth + 1, sizeof(p->frames[0]));
	p->frames[p->depth++] = (struct frame){ node, eval_work(p->e, node)->groups.n };
}

/* The next dependency in flight of the node on top; NODE_NONE: no more. */
static uint32_t
next_dep(struct path *p)
{
	struct frame *f = &p->frames[p->depth - 1];
	const struct work *w = eval_work(p->e, f->node);

	while (f->left > 0) {
		uint32_t id = w->groups.words[--f->left];
		if (!(id & GROUP_MARK) && node_in_flight(graph_node(p->e->g, id)))
			return id;
	}
	return NODE_NONE;
}

static uint32_t
work_of(const struct path *p, uint32_t node)
{
	return graph_node(p->e->g, node)->work;
}

/* ---- the cycles of one component ---- */

struct cycles {
	struct value *list[MAX_CYCLES];      /* owned: lists of keys */
	size_t n, keys;
};

static void
cycles_fini(struct cycles *c)
{
	for (size_t i = 0; i < c->n; i++)
		value_unref(c->list[i]);
	c->n = 0;
}

static bool
cycles_full(const struct cycles *c)
{
	return c->n == MAX_CYCLES || c->keys > MAX_KEYS;
}

/* A cycle that is there already, or for which there is no room, is dropped. */
static void
cycles_add(struct cycles *c, struct value *take)
{
	struct vr r = vr_of(take);
	size_t n = 0;

	vr_list(&r, &n);
	bool room = c->n == 0 || (c->n < MAX_CYCLES && c->keys + n <= MAX_KEYS);
	for (size_t i = 0; i < c->n && room; i++)
		room = !value_eq(c->list[i], take);
	if (!room) {
		value_unref(take);
		return;
	}
	c->list[c->n++] = take;
	c->keys += n;
}

/* The nodes of the path from frame `from` on, as a cycle. */
static struct value *
cycle_value(const struct path *p, size_t from)
{
	size_t n = p->depth - from;
	const struct key **keys = mem_alloc(n * sizeof(keys[0]));

	for (size_t i = 0; i < n; i++)
		keys[i] = graph_node(p->e->g, p->frames[from + i].node)->key;
	struct value *v = errval_ring(p->e->g->keys, keys, n);
	mem_free(keys);
	return v;
}

/* Walks one component; each edge back to the path closes a cycle.  `place` is
 * zero for its members and becomes their position on the path, or GONE. */
static void
collect(struct eval *e, uint32_t first, const uint32_t *component, uint32_t number,
	uint32_t *place, struct cycles *out)
{
	struct path p = { .e = e };
	const uint32_t gone = UINT32_MAX;

	enter(&p, first);
	place[work_of(&p, first)] = 1;
	while (p.depth > 0 && !cycles_full(out)) {
		uint32_t id = next_dep(&p);
		if (id == NODE_NONE) {
			place[work_of(&p, p.frames[--p.depth].node)] = gone;
			continue;
		}
		uint32_t w = work_of(&p, id);
		if (component[w] != number || place[w] == gone)
			continue;
		if (place[w] > 0) {
			cycles_add(out, cycle_value(&p, place[w] - 1));
			continue;
		}
		enter(&p, id);
		place[w] = (uint32_t)p.depth;
	}
	mem_free(p.frames);
}

/* ---- what dependencies hand on ---- */

/* Adds the cycles of an error; returns it when it is a cycle error, else NULL. */
static void
add_cycles_of(struct cycles *out, const struct value *error)
{
	struct vr r = vr_of(error), list;
	size_t n;

	if (vr_field(&r, "cycles", &list) && vr_list(&list, &n)) {
		for (; n > 0 && !cycles_full(out); n--, vr_skip(&list))
			cycles_add(out, vr_copy(&list));
	} else if (vr_field(&r, "cycle", &list)) {
		cycles_add(out, vr_copy(&list));
	}
}

struct heritage {
	const struct value *only;    /* the one cycle error of the dependencies */
	bool several;
	const struct value *other;   /* the first error of another kind */
};

static void
look_at_deps(struct eval *e, uint32_t node, struct heritage *h, struct cycles *out)
{
	const struct work *w = eval_work(e, node);

	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);) {
		const struct node *d = graph_node(e->g, i.id);
		if (node_state(d) != NODE_DONE || !node_is_error(d))
			continue;
		if (!(d->flags & NODE_CYCLE)) {
			if (!h->other)
				h->other = d->value;
			continue;
		}
		if (d->value == h->only)
			continue;
		h->several = h->only != NULL;
		if (!cycles_full(out))
			add_cycles_of(out, d->value);
		if (!h->only)
			h->only = d->value;
	}
}

static struct value *
make_error(struct eval *e, const struct heritage *h, struct cycles *c)
{
	struct value *v = h->only && !h->several && c->n > 0 && !h->other ?
	    value_ref(h->only) : errval_cycles(e->g->keys, c->list, c->n);

	if (h->other)
		v = errval_set(v, "cause", value_ref(h->other));
	return v;
}

/* A long error is not copied for each of the thousands that may stand above. */
static bool
is_long(const struct value *v)
{
	return v && v->size > 65536;
}

struct value *
eval_inherited_cycle(struct eval *e, uint32_t node)
{
	struct heritage h = { NULL, false, NULL };
	struct cycles c = { .n = 0 };

	look_at_deps(e, node, &h, &c);
	struct value *v = is_long(h.only) ? value_ref(h.only) : make_error(e, &h, &c);
	cycles_fini(&c);
	return v;
}

/* ---- components ---- */

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

struct search {
	struct path path;
	struct ids open;             /* met, and not yet of a finished component */
	/* by work number: */
	uint32_t *met;               /* in which order; 0: not yet, UINT32_MAX: finished */
	uint32_t *low;               /* least met that is reached; then the component */
	uint32_t *place;             /* for collect */
	uint32_t count, components;
	bool any;
};

static void
meet(struct search *s, uint32_t node)
{
	uint32_t w = work_of(&s->path, node);

	s->met[w] = s->low[w] = ++s->count;
	ids_push(&s->open, node);
	enter(&s->path, node);
}

static bool
asks_itself(struct eval *e, uint32_t node)
{
	const struct work *w = eval_work(e, node);

	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);)
		if (i.id == node)
			return true;
	return false;
}

static struct value *
component_error(struct search *s, const uint32_t *nodes, size_t n, uint32_t number)
{
	struct eval *e = s->path.e;
	struct heritage h = { NULL, false, NULL };
	struct cycles c = { .n = 0 };

	collect(e, nodes[0], s->low, number, s->place, &c);
	for (size_t i = 0; i < n; i++)
		look_at_deps(e, nodes[i], &h, &c);
	h.several = true;                     /* the cycles of its own come first */
	struct value *v = make_error(e, &h, &c);
	cycles_fini(&c);
	return v;
}

/* The nodes met since `first` are a component: no edge leads back from it. */
static void
finish_component(struct search *s, uint32_t first)
{
	struct eval *e = s->path.e;
	size_t from = s->open.n;
	uint32_t number = UINT32_MAX - ++s->components;

	do {
		uint32_t w = work_of(&s->path, s->open.ids[--from]);
		s->met[w] = UINT32_MAX;
		s->low[w] = number;
	} while (s->open.ids[from] != first);
	const uint32_t *nodes = s->open.ids + from;
	size_t n = s->open.n - from;
	struct value *v = n == 1 && !asks_itself(e, first) ? eval_inherited_cycle(e, first) :
	    component_error(s, nodes, n, number);
	for (size_t i = 0; i < n; i++)
		eval_commit_cycle(e, nodes[i], v);
	value_unref(v);
	s->open.n = from;
	s->any = true;
}

/* Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972). */
static void
search_from(struct search *s, uint32_t root)
{
	meet(s, root);
	while (s->path.depth > 0) {
		uint32_t node = s->path.frames[s->path.depth - 1].node;
		uint32_t w = work_of(&s->path, node), id = next_dep(&s->path);
		if (id == NODE_NONE) {
			uint32_t low = s->low[w];
			s->path.depth--;
			if (low == s->met[w]) {
				finish_component(s, node);
			} else {
				uint32_t up = work_of(&s->path,
				    s->path.frames[s->path.depth - 1].node);
				s->low[up] = least(s->low[up], low);
			}
			continue;
		}
		uint32_t met = s->met[work_of(&s->path, id)];
		if (met == 0)
			meet(s, id);
		else
			s->low[w] = least(s->low[w], met);
	}
}

bool
eval_break_cycles(struct eval *e)
{
	struct search s = { .path.e = e };

	s.met = mem_zalloc(e->nworks * sizeof(s.met[0]));
	s.low = mem_zalloc(e->nworks * sizeof(s.low[0]));
	s.place = mem_zalloc(e->nworks * sizeof(s.place[0]));
	for (size_t i = 0; i < e->roots.n; i++)
		if (node_in_flight(graph_node(e->g, e->roots.ids[i])))
			search_from(&s, e->roots.ids[i]);
	mem_free(s.met);
	mem_free(s.low);
	mem_free(s.place);
	mem_free(s.open.ids);
	mem_free(s.path.frames);
	return s.any;
}

/* ---- failing fast: the first cycle, for its root only ---- */

/* Where on the path the first cycle begins; SIZE_MAX: none is reached. */
static size_t
find_first(struct path *p, uint32_t root, uint32_t *place)
{
	enter(p, root);
	place[work_of(p, root)] = 1;
	while (p->depth > 0) {
		uint32_t id = next_dep(p);
		if (id == NODE_NONE) {
			place[work_of(p, p->frames[--p->depth].node)] = UINT32_MAX;
			continue;
		}
		uint32_t at = place[work_of(p, id)];
		if (at > 0 && at != UINT32_MAX)
			return at - 1;
		if (at == 0) {
			enter(p, id);
			place[work_of(p, id)] = (uint32_t)p->depth;
		}
	}
	return SIZE_MAX;
}

void
eval_report_cycle(struct eval *e)
{
	uint32_t *place = mem_zalloc(e->nworks * sizeof(place[0]));
	struct path p = { .e = e };
	size_t from = SIZE_MAX, i;

	for (i = 0; i < e->roots.n && from == SIZE_MAX; i++)
		if (node_in_flight(graph_node(e->g, e->roots.ids[i])) &&
		    place[graph_node(e->g, e->roots.ids[i])->work] == 0)
			from = find_first(&p, e->roots.ids[i], place);
	if (from != SIZE_MAX) {
		struct value *ring = cycle_value(&p, from);
		struct value *v = errval_cycles(e->g->keys, &ring, 1);
		e->bubble.chain.n = 0;
		for (size_t k = from + 1; k > 0; k--)
			ids_push(&e->bubble.chain, p.frames[k - 1].node);
		eval_add_root_error(e, e->roots.ids[i - 1], v);
		value_unref(v);
		value_unref(ring);
	}
	mem_free(place);
	mem_free(p.frames);
}
