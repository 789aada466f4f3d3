/* past.c -- earlier values of a node. */
#include "graph/past.h"

#include "base/die.h"
#include "graph/graph.h"

static struct digest
fingerprint(const struct value *v, bool error, const struct value *recovered)
{
	struct digest d = v->digest;

	d.hi += error ? UINT64_C(0x9e3779b97f4a7c15) : 0;
	if (recovered) {
		d.hi += recovered->digest.lo * UINT64_C(0xc2b2ae3d27d4eb4f) + 1;
		d.lo ^= recovered->digest.hi;
	}
	return d;
}

static struct past *
youngest(const struct node *n)
{
	return n->extra ? n->extra->past : NULL;
}

bool
past_same(const struct node *d, uint32_t at)
{
	if (d->changed_at <= at)
		return true;
	for (const struct past *p = youngest(d); p; p = p->older) {
		if (p->changed_at > at)
			continue;
		struct digest now = fingerprint(d->value, node_is_error(d), d->extra->recovered);
		return digest_eq(now, p->is);
	}
	return false;
}

struct past *
past_result(const struct node *n, uint32_t i)
{
	for (struct past *p = youngest(n); p; p = p->older)
		if (p->value && i-- == 0)
			return p;
	return NULL;
}

static void
drop_result(struct graph *g, struct past *p)
{
	value_unref(p->value);
	value_unref(p->stamp);
	value_unref(p->messages);
	value_unref(p->recovered);
	words_free(&g->words, p->deps, p->ndeps);
	p->value = p->stamp = p->messages = p->recovered = NULL;
	p->deps = NULL;
	p->ndeps = 0;
}

/* Too many results: the oldest becomes a mere fingerprint.  Too many entries: the
 * oldest goes. */
static void
trim(struct graph *g, struct node *n)
{
	struct past **at = &n->extra->past;
	unsigned results = 0;

	for (unsigned i = 0; *at; i++) {
		struct past *p = *at;
		if (i == PAST_ENTRIES) {
			drop_result(g, p);
			*at = p->older;
			mem_free(p);
			continue;
		}
		if (p->value && ++results > PAST_RESULTS)
			drop_result(g, p);
		at = &p->older;
	}
}

static void
keep_result(struct graph *g, struct past *p, const struct node *n)
{
	p->value = value_ref(n->value);
	p->stamp = n->extra->stamp ? value_ref(n->extra->stamp) : NULL;
	p->messages = n->extra->messages ? value_ref(n->extra->messages) : NULL;
	p->recovered = n->extra->recovered ? value_ref(n->extra->recovered) : NULL;
	p->deps = words_new(&g->words, n->ndeps);
	memcpy(p->deps, n->deps, n->ndeps * sizeof(p->deps[0]));
	p->ndeps = n->ndeps;
}

void
past_push(struct graph *g, struct node *n, uint32_t at, bool result)
{
	result = result && n->ndeps > 0 && !(n->flags & (NODE_TRANSIENT | NODE_CYCLE));
	if (n->changed_at == at && !result)
		return;                 /* nobody has seen it */
	if (!n->extra)
		n->extra = mem_zalloc(sizeof(*n->extra));
	struct past *p = mem_zalloc(sizeof(*p));
	p->is = fingerprint(n->value, node_is_error(n), n->extra->recovered);
	p->changed_at = n->changed_at;
	p->verified_at = n->verified_at;
	p->error = node_is_error(n);
	if (result)
		keep_result(g, p, n);
	p->older = n->extra->past;
	n->extra->past = p;
	trim(g, n);
}

void
past_drop_results(struct graph *g, struct node *n)
{
	for (struct past *p = youngest(n); p; p = p->older)
		drop_result(g, p);
}

void
past_drop_all(struct graph *g, struct node *n)
{
	for (struct past *p = youngest(n), *older; p; p = older) {
		older = p->older;
		drop_result(g, p);
		mem_free(p);
	}
	if (n->extra)
		n->extra->past = NULL;
}
