/* scan.c -- a walk, a crowd that looks at files, and a verdict from below.
 *
 * The walk writes down the nodes in postorder (dependencies first) and hands out
 * the ones that look at the world to the other threads while it goes on.
 */
#include "eval/scan.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/die.h"
#include "os/thread.h"

enum {
	MET = 1,                /* on the way, or done with */
	JUDGED = 2,             /* all below was met */
	TAINTED = 4,            /* it, or something below, is not known to be right */
	CHUNK = 64,             /* nodes that a thread takes at a time */
	ALONE = 512             /* fewer are not worth a thread */
};

struct step {
	uint32_t id;
	struct group_iter rest;
};

struct ids_in_order {
	uint32_t *ids;
	size_t n, cap;
};

struct scan {
	struct graph *g;
	const struct scan_config *c;
	uint8_t *is;                  /* by node id */
	struct ids_in_order order;            /* postorder */
	struct step *stack;
	size_t nstack, capstack;
	bool tainted;                 /* some node is */
	/* what looks at the world: written by the walk, read by all */
	uint32_t *asked;              /* room for all nodes */
	uint8_t *no;                  /* by index in `asked`: it has changed, or may have */
	_Atomic size_t nasked;        /* of them: ready to be looked at */
	_Atomic size_t next;          /* the first that nobody has taken */
	_Atomic bool all_asked;
};

/* ---- looking ---- */

static struct vr
view(const struct frozen_part *p)
{
	return (struct vr){ p->bytes, p->bytes + p->size, NULL };
}

static bool
cold_unchanged(const struct scan *s, uint32_t id)
{
	const struct frozen *f = s->g->cold->f;
	const struct frozen_node *n = &f->nodes[id];
	const struct fn *fn = s->c->fn_by_id(s->c->arg, f->fns[n->fn].fn);
	const unsigned char *key = f->keys + n->key;
	struct frozen_part value, stamp;
	struct vr no_stamp = { NULL, NULL, NULL };
	uint32_t at = n->parts;

	if (!fn || !fn->c || !fn->c->unchanged || !frozen_part(f, &at, &value) ||
	    ((n->flags & FROZEN_STAMP) && !frozen_part(f, &at, &stamp)))
		return false;
	return fn->c->unchanged(s->c->host, (struct vr){ key, key + n->key_size, NULL },
	    view(&value), n->flags & FROZEN_STAMP ? view(&stamp) : no_stamp);
}

static bool
hot_unchanged(const struct scan *s, uint32_t id)
{
	const struct node *n = graph_node(s->g, id);
	const struct fn *fn = s->c->fn(s->c->arg, n->key);
	const struct value *stamp = node_stamp(n);
	struct vr no_stamp = { NULL, NULL, NULL };

	return fn && fn->c && fn->c->unchanged && n->value &&
	    fn->c->unchanged(s->c->host, key_arg(n->key), vr_of(n->value),
	    stamp ? vr_of(stamp) : no_stamp);
}

static void
look(struct scan *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		uint32_t id = s->asked[i];
		s->no[i] = graph_is_cold(s->g, id) ? !cold_unchanged(s, id) : !hot_unchanged(s, id);
	}
}

/* Takes what is there; false when there is nothing and nothing more will come. */
static bool
look_at_some(struct scan *s)
{
	bool all = atomic_load_explicit(&s->all_asked, memory_order_acquire);
	size_t ready = atomic_load_explicit(&s->nasked, memory_order_acquire);
	size_t from = atomic_load(&s->next), to;

	do {
		if (from >= ready)
			return !all;
		to = ready - from > CHUNK ? from + CHUNK : ready;
	} while (!atomic_compare_exchange_weak(&s->next, &from, to));
	look(s, from, to);
	return true;
}

static void
crowd(void *arg)
{
	struct scan *s = arg;

	for (;;) {
		size_t before = atomic_load(&s->next);
		if (!look_at_some(s))
			return;
		if (atomic_load(&s->next) == before)
			sched_yield();
	}
}

/* ---- walking ---- */

static bool
looks_at_world(const struct scan *s, uint32_t id)
{
	const struct cold *c = s->g->cold;

	if (graph_is_cold(s->g, id))
		return c->f->fns[c->f->nodes[id].fn].session;
	return (graph_node(s->g, id)->flags & NODE_UNVERIFIED) != 0;
}

static void
taint(struct scan *s, uint32_t id)
{
	s->is[id] |= TAINTED;
	s->tainted = true;
}

static void
ask(struct scan *s, uint32_t id)
{
	size_t n = atomic_load_explicit(&s->nasked, memory_order_relaxed);

	s->asked[n] = id;
	atomic_store_explicit(&s->nasked, n + 1, memory_order_release);
}

static void
enter(struct scan *s, uint32_t id)
{
	enum node_state state = graph_state(s->g, id);
	uint32_t words;

	s->is[id] |= MET;
	if (state != NODE_DIRTY) {
		s->is[id] |= JUDGED;
		if (state != NODE_DONE)
			taint(s, id);
		return;
	}
	if (looks_at_world(s, id))
		ask(s, id);
	const uint32_t *deps = graph_deps(s->g, id, &words);
	if (s->nstack == s->capstack)
		s->stack = mem_grow(s->stack, &s->capstack, s->nstack + 1, sizeof(s->stack[0]));
	s->stack[s->nstack++] = (struct step){ id, group_iter_of(deps, words) };
}

/* One that changed after `id` was last right makes it suspect. */
static void
weigh(struct scan *s, uint32_t id, uint32_t dep)
{
	if (graph_changed_at(s->g, dep) > graph_verified_at(s->g, id))
		taint(s, id);
}

static void
leave(struct scan *s, uint32_t id)
{
	struct ids_in_order *o = &s->order;

	s->is[id] |= JUDGED;
	if (o->n == o->cap)
		o->ids = mem_grow(o->ids, &o->cap, o->n + 1, sizeof(o->ids[0]));
	o->ids[o->n++] = id;
}

static void
walk(struct scan *s, uint32_t root)
{
	if (!(s->is[root] & MET))
		enter(s, root);
	while (s->nstack > 0) {
		struct step *top = &s->stack[s->nstack - 1];
		uint32_t id = top->id;
		if (!group_iter_next(&top->rest)) {
			s->nstack--;
			leave(s, id);
			continue;
		}
		uint32_t dep = top->rest.id;
		weigh(s, id, dep);
		if (!(s->is[dep] & MET))
			enter(s, dep);
		else if (!(s->is[dep] & JUDGED))
			taint(s, id);           /* a circle */
	}
}

/* ---- the verdict ---- */

/* Postorder: what is below has its verdict. */
static void
spread_taint(struct scan *s)
{
	for (size_t i = 0; i < s->order.n; i++) {
		uint32_t words, id = s->order.ids[i];
		const uint32_t *deps = graph_deps(s->g, id, &words);
		struct group_iter k = group_iter_of(deps, words);
		while (!(s->is[id] & TAINTED) && group_iter_next(&k))
			if (s->is[k.id] & TAINTED)
				s->is[id] |= TAINTED;
	}
}

static void
count(struct fn *fn)
{
	fn->checked++;
	fn->done++;
}

/* `n`: NULL for a cold one. */
static void
list(struct settled *s, uint32_t id, const struct node *n)
{
	if (s->n == s->cap)
		s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof(s->v[0]));
	s->v[s->n++] = (struct settled_node){ id, n ? n->key : NULL,
		n ? value_ref(n->value) : NULL };
}

void
settled_fini(struct settled *s)
{
	for (size_t i = 0; i < s->n; i++)
		value_unref(s->v[i].value);
	mem_free(s->v);
	memset(s, 0, sizeof(*s));
}

bool
settled_get(const struct settled *s, size_t i, const struct key **key, struct vr *value)
{
	const struct settled_node *v = &s->v[i];
	struct frozen_part p;

	if (v->key) {
		*key = v->key;
		*value = vr_of(v->value);
		return true;
	}
	const struct frozen_node *n = &s->f->nodes[v->id];
	uint32_t at = n->parts;
	if (!frozen_part(s->f, &at, &p))
		return false;
	*key = key_intern(s->keys, s->f->fns[n->fn].fn, s->f->keys + n->key, n->key_size);
	*value = view(&p);
	return true;
}

static void
settle_cold(struct scan *s, uint32_t id)
{
	const struct frozen *f = s->g->cold->f;
	struct fn *fn = s->c->fn_by_id(s->c->arg, f->fns[f->nodes[id].fn].fn);

	cold_set_verified(s->g, id);
	if (!fn)
		return;
	count(fn);
	if (fn->flags & FN_SETTLED)
		list(s->c->settled, id, NULL);
}

static void
settle_hot(struct scan *s, uint32_t id)
{
	struct node *n = graph_node(s->g, id);

	n->flags &= (uint8_t)~NODE_UNVERIFIED;
	n->verified_at = s->g->version + 1;
	node_set_state(n, NODE_DONE);
	graph_publish(s->g, n);
	struct fn *fn = s->c->fn(s->c->arg, n->key);
	if (!fn)
		return;
	count(fn);
	if (fn->flags & FN_SETTLED)
		list(s->c->settled, id, n);
}

static uint64_t
settle(struct scan *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->order.n; i++) {
		uint32_t id = s->order.ids[i];
		if (s->is[id] & TAINTED)
			continue;
		n++;
		if (graph_is_cold(s->g, id))
			settle_cold(s, id);
		else
			settle_hot(s, id);
	}
	return n;
}

/* ---- all of it ---- */

static void
walk_and_look(struct scan *s, const uint32_t *roots, size_t n)
{
	int threads = s->g->nnodes > ALONE ? s->c->threads : 0;
	struct thread *t = mem_alloc((size_t)(threads + 1) * sizeof(t[0]));

	for (int i = 0; i < threads; i++)
		thread_start(&t[i], crowd, s);
	for (size_t i = 0; i < n; i++)
		walk(s, roots[i]);
	atomic_store_explicit(&s->all_asked, true, memory_order_release);
	while (look_at_some(s))
		;
	for (int i = 0; i < threads; i++)
		thread_join(&t[i]);
	mem_free(t);
	for (size_t i = 0; i < atomic_load(&s->nasked); i++)
		if (s->no[i])
			taint(s, s->asked[i]);
}

uint64_t
scan_roots(struct graph *g, const struct scan_config *c, const uint32_t *roots, size_t n)
{
	struct scan s = { .g = g, .c = c };

	if (!g->cold)
		return 0;
	c->settled->f = g->cold->f;
	c->settled->keys = g->keys;
	s.is = mem_zalloc(g->nnodes);
	s.no = mem_zalloc(g->nnodes);
	s.asked = mem_alloc((g->nnodes + (size_t)1) * sizeof(s.asked[0]));
	walk_and_look(&s, roots, n);
	if (s.tainted)
		spread_taint(&s);
	uint64_t clean = settle(&s);
	mem_free(s.is);
	mem_free(s.no);
	mem_free(s.asked);
	mem_free(s.order.ids);
	mem_free(s.stack);
	return clean;
}
