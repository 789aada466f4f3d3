/* world.c -- random graphs (world.h). */
#include "world.h"

#include <stdio.h>

#include "base/die.h"
#include "test.h"

const struct store_fn world_fns[WORLD_NFNS] = {
	{ "LEAF", 1, STORE_FN_SESSION },
	{ "LIST", 0, 0 },
	{ "SUM", 2, 0 },
	{ "PASSING", 1, STORE_FN_UNSTORED },
};

unsigned
world_random(struct world *w, unsigned below)
{
	return (unsigned)(test_random(&w->rng) >> 20) % below;
}

/* ---- life ---- */

static struct value *
random_depset(struct world *w)
{
	struct vb b;
	struct value *below[3];
	size_t nbelow = w->npool ? world_random(w, 4) : 0, nitems = world_random(w, 4);

	vb_init(&b);
	vb_depset_node(&b, (enum depset_order)world_random(w, 3), nitems);
	for (size_t i = 0; i < nitems; i++)
		vb_int(&b, (int64_t)test_random(&w->rng));
	for (size_t i = 0; i < nbelow; i++)
		below[i] = w->pool[world_random(w, w->npool)];
	vb_transitive(&b, below, nbelow);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

void
world_init_on(struct world *w, struct keys *keys, unsigned long long seed, uint32_t n)
{
	memset(w, 0, sizeof(*w));
	w->keys = keys;
	w->rng = seed * 2 + 1;
	w->n = n;
	w->g = graph_new(w->keys);
	while (w->npool < WORLD_POOL) {
		w->pool[w->npool] = random_depset(w);
		w->npool++;
	}
}

void
world_init(struct world *w, unsigned long long seed, uint32_t n)
{
	world_init_on(w, keys_new(), seed, n);
	w->own_keys = true;
	for (unsigned i = world_random(w, 7); i > 0; i--) {
		char name[16];
		snprintf(name, sizeof(name), "OTHER%u", i);
		key_of_str(w->keys, keys_fn(w->keys, str_of(name)), str_of(name));
	}
}

void
world_fini(struct world *w)
{
	graph_check(w->g);
	graph_free(w->g);
	for (unsigned i = 0; i < w->npool; i++)
		value_unref(w->pool[i]);
	if (w->own_keys)
		keys_free(w->keys);
}

static unsigned
fn_of(uint32_t i)
{
	return i % 17 == 16 ? 3 : i % 4 == 0 ? 0 : 1 + i % 2;
}

const struct key *
world_key(struct keys *keys, uint32_t i)
{
	uint16_t fn = keys_fn(keys, str_of(world_fns[fn_of(i)].name));
	struct vb b;

	vb_init(&b);
	if (i % 5 == 0) {
		vb_list(&b, 2);
		vb_int(&b, i);
		vb_nil(&b);
	} else {
		char text[16];
		snprintf(text, sizeof(text), "n%u", i);
		vb_str(&b, str_of(text));
	}
	struct value *arg = vb_finish(&b);
	const struct key *key = key_of_value(keys, fn, arg);
	value_unref(arg);
	vb_fini(&b);
	return key;
}

uint32_t
world_node(struct world *w, uint32_t i)
{
	return graph_intern(w->g, world_key(w->keys, i));
}

/* ---- computing ---- */

static void
add_ballast(struct world *w, struct vb *b)
{
	struct buf s = BUF_INIT;

	for (size_t k = w->pad + world_random(w, 20); k > 0; k--)
		buf_addc(&s, (char)world_random(w, 256));
	vb_str(b, buf_str(&s));
	buf_fini(&s);
}

static struct value *
random_value(struct world *w, uint32_t i, uint32_t at)
{
	struct vb b;
	char text[32];
	unsigned nsets = world_random(w, 3);

	snprintf(text, sizeof(text), "n%u@%u", i, at);
	vb_init(&b);
	if (i % 11 == 10) {
		vb_depset_node(&b, DEPSET_POSTORDER, 1);
		vb_str(&b, str_of(text));
		vb_transitive(&b, w->pool + world_random(w, w->npool - 3), nsets);
	} else {
		vb_list(&b, 3 + nsets);
		vb_str(&b, str_of(text));
		vb_map(&b, 1);
		vb_str(&b, STR("x"));
		vb_float(&b, world_random(w, 100) * 0.5);
		add_ballast(w, &b);
		for (; nsets > 0; nsets--)
			vb_value(&b, w->pool[world_random(w, w->npool)]);
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
random_deps(struct world *w, uint32_t i, struct groups *deps)
{
	struct idset seen = { 0 };

	for (unsigned group = i ? world_random(w, 4) : 0; group > 0; group--) {
		uint32_t ids[4], n = 0;
		for (unsigned k = 1 + world_random(w, 4); k > 0; k--) {
			uint32_t id = world_node(w, world_random(w, i));
			if (node_state(graph_node(w->g, id)) == NODE_DONE && idset_add(&seen, id))
				ids[n++] = id;
		}
		groups_add(deps, ids, n);
	}
	idset_fini(&seen);
}

static void
store_result(struct world *w, uint32_t i, struct graph_result *r, uint32_t at)
{
	uint32_t id = world_node(w, i);
	struct groups deps = { 0 };

	random_deps(w, i, &deps);
	r->deps = deps.words;
	r->ndeps = (uint32_t)deps.n;
	graph_store_result(w->g, id, r, at);
	if (node_state(graph_node(w->g, id)) != NODE_DONE)
		node_set_state(graph_node(w->g, id), NODE_DONE);
	groups_fini(&deps);
	if (at > w->g->version)
		w->g->version = at;
}

void
world_compute(struct world *w, uint32_t i, uint32_t at)
{
	struct graph_result r = { .value = random_value(w, i, at) };

	if (world_random(w, 3) == 0)
		r.stamp = random_value(w, i, at);
	if (world_random(w, 5) == 0)
		r.messages = random_value(w, i, at);
	if (world_random(w, 7) == 0)
		r.recovered = random_value(w, i, at);
	store_result(w, i, &r, at);
	if (world_random(w, 9) == 0)
		graph_node(w->g, world_node(w, i))->flags |= NODE_INJECTED;
}

void
world_fail(struct world *w, uint32_t i, uint32_t at)
{
	struct graph_result r = { .value = random_value(w, i, at), .error = true,
		.transient = world_random(w, 2) == 0 };

	store_result(w, i, &r, at);
}

void
world_evaluate(struct world *w, uint32_t at, unsigned fail, unsigned leave, struct store *s)
{
	for (uint32_t i = 0; i < w->n; i++) {
		uint32_t id = world_node(w, i);
		if (node_state(graph_node(w->g, id)) == NODE_DONE ||
		    (leave && world_random(w, leave) == 0))
			continue;
		if (fail && world_random(w, fail) == 0)
			world_fail(w, i, at);
		else
			world_compute(w, i, at);
		if (s)
			store_put(s, w->g, id);
	}
}

void
world_put_all(struct world *w, struct store *s)
{
	for (uint32_t i = 0; i < w->n; i++)
		store_put(s, w->g, world_node(w, i));
}

/* ---- comparing ---- */

static bool
same_value(const struct value *a, const struct value *b)
{
	if (!a || !b)
		return a == b;
	if (!value_eq(a, b) || a->nkids != b->nkids)
		return false;
	for (uint32_t i = 0; i < a->nkids; i++)
		if (!same_value(a->kids[i], b->kids[i]))
			return false;
	return true;
}

static bool
same_extra(const struct node *a, const struct node *b)
{
	const struct node_extra none = { 0 };
	const struct node_extra *x = a->extra ? a->extra : &none;
	const struct node_extra *y = b->extra ? b->extra : &none;

	return same_value(x->stamp, y->stamp) && same_value(x->messages, y->messages) &&
	    same_value(x->recovered, y->recovered);
}

static bool
same_key(struct world *wa, const struct key *a, struct world *wb, const struct key *b)
{
	return str_eq(keys_fn_name(wa->keys, a->fn), keys_fn_name(wb->keys, b->fn)) &&
	    a->size == b->size && memcmp(a->arg, b->arg, a->size) == 0;
}

static bool
same_deps(struct world *wa, const struct node *a, struct world *wb, const struct node *b)
{
	if (a->ndeps != b->ndeps)
		return false;
	for (uint32_t i = 0; i < a->ndeps; i++) {
		if ((a->deps[i] | b->deps[i]) & GROUP_MARK) {
			if (a->deps[i] != b->deps[i])
				return false;
		} else if (!same_key(wa, graph_node(wa->g, a->deps[i])->key,
		    wb, graph_node(wb->g, b->deps[i])->key)) {
			return false;
		}
	}
	return true;
}

static bool
is_passing(struct world *w, const struct key *key)
{
	return str_eq(keys_fn_name(w->keys, key->fn), str_of(world_fns[3].name));
}

enum { LOST, BACK, WHOLE };

/* By node id: what is good comes back, when it rests on nothing that is never
 * stored; DONE only when all below is there. */
static unsigned char *
loadable(struct world *w)
{
	unsigned char *is = mem_zalloc(w->g->nnodes + 1);

	for (uint32_t i = 0; i < w->n; i++) {
		uint32_t id = graph_find(w->g, world_key(w->keys, i));
		if (id == NODE_NONE)
			continue;
		struct node *n = graph_node(w->g, id);
		is[id] = n->value && !node_is_error(n) && fn_of(i) != 3 ? WHOLE : LOST;
		for (struct group_iter k = group_iter_of(n->deps, n->ndeps); group_iter_next(&k);)
			if (is_passing(w, graph_node(w->g, k.id)->key))
				is[id] = LOST;
			else if (is[id] == WHOLE && is[k.id] != WHOLE)
				is[id] = BACK;
	}
	return is;
}

static bool
same_node(struct world *a, const struct node *x, struct world *b, const struct node *y, uint32_t i,
	bool whole)
{
	bool session = world_fns[fn_of(i)].flags & STORE_FN_SESSION;
	unsigned kept = NODE_INJECTED | NODE_ERROR | NODE_TRANSIENT;

	return same_value(x->value, y->value) && same_extra(x, y) && same_deps(a, x, b, y) &&
	    x->changed_at == y->changed_at && x->verified_at == y->verified_at &&
	    (x->flags & kept) == (y->flags & kept) &&
	    session == ((y->flags & NODE_UNVERIFIED) != 0) &&
	    (!whole || node_state(x) != NODE_DONE || node_state(y) == NODE_DONE);
}

bool
world_same(struct world *a, struct world *b)
{
	unsigned char *is = loadable(a);
	bool ok = true;

	for (uint32_t i = 0; i < a->n && ok; i++) {
		uint32_t x = graph_find(a->g, world_key(a->keys, i));
		uint32_t y = graph_find(b->g, world_key(b->keys, i));
		const struct node *there = y == NODE_NONE ? NULL : graph_node(b->g, y);
		if (x != NODE_NONE && is[x] != LOST)
			ok = there && same_node(a, graph_node(a->g, x), b, there, i,
			    is[x] == WHOLE);
		else
			ok = !there || !there->value;
		if (!ok)
			printf("node %u differs (%s)\n", i, there ? "there" : "missing");
	}
	mem_free(is);
	return ok;
}

static bool
sound_node(struct world *b, const struct node *n, uint32_t i)
{
	struct buf text = BUF_INIT;
	char want[32];

	snprintf(want, sizeof(want), "\"n%u@%u\"", i, n->changed_at);
	value_print(&text, n->value, 200);
	bool ok = strstr(text.p, want) != NULL;
	buf_fini(&text);
	for (struct group_iter k = group_iter_of(n->deps, n->ndeps); group_iter_next(&k);)
		if (node_state(n) == NODE_DONE)
			ok = ok && graph_node(b->g, k.id)->changed_at <= n->verified_at;
	return ok;
}

bool
world_sound(struct world *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t y = graph_find(b->g, world_key(b->keys, i));
		if (y == NODE_NONE || !graph_node(b->g, y)->value)
			continue;
		if (!sound_node(b, graph_node(b->g, y), i)) {
			printf("node %u is unsound\n", i);
			return false;
		}
	}
	graph_check(b->g);
	return true;
}
