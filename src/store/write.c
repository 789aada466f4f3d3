/* write.c -- records of one node, dependencies first. */
#include "store/write.h"

#include "base/die.h"
#include "store/format.h"

/* ---- depsets ---- */

struct step {
	const struct value *v;
	uint32_t kid;         /* next to look at */
};

bool
write_walk_depsets(const struct value *v, const struct write_walk *w)
{
	struct step *stack = NULL;
	size_t n = 0, cap = 0;
	bool ok = true;

	stack = mem_grow(stack, &cap, 16, sizeof(stack[0]));
	stack[n++] = (struct step){ v, 0 };
	while (n > 0 && ok) {
		struct step *top = &stack[n - 1];
		if (top->kid == top->v->nkids) {
			n--;
			ok = n == 0 || w->leave(w->arg, top->v);
			continue;
		}
		const struct value *kid = top->v->kids[top->kid++];
		if (!w->enter(w->arg, kid))
			continue;
		if (n == cap)
			stack = mem_grow(stack, &cap, n + 1, sizeof(stack[0]));
		stack[n++] = (struct step){ kid, 0 };
	}
	mem_free(stack);
	return ok;
}

struct sink {
	struct index *ix;
	struct buf *out;
};

static bool
is_new(void *arg, const struct value *depset)
{
	const struct sink *s = arg;

	return index_depset(s->ix, depset->digest) == INDEX_NONE;
}

static bool
add_depset(void *arg, const struct value *depset)
{
	struct sink *s = arg;

	if (!format_value_valid(depset))
		return false;
	size_t at = format_begin(s->out, FORMAT_DEPSET);
	format_add_value(s->out, depset);
	format_end(s->out, at);
	index_add_depset(s->ix, depset->digest);
	s->ix->records++;
	return true;
}

static bool
add_depsets_of(struct sink *s, const struct value *v)
{
	struct write_walk w = { is_new, add_depset, s };

	return !v || v->nkids == 0 || write_walk_depsets(v, &w);
}

/* ---- functions and keys ---- */

static bool
fn_stored(const struct index *ix, const struct key *key)
{
	const struct index_fn *f = index_fn(ix, key->fn);

	return f && !(f->flags & STORE_FN_UNSTORED);
}

static uint32_t
fn_number(struct sink *s, uint16_t fn)
{
	struct index_fn *f = index_fn(s->ix, fn);

	if (f->local == INDEX_NONE) {
		size_t at = format_begin(s->out, FORMAT_FN);
		enc_u64(s->out, f->version);
		buf_addstr(s->out, keys_fn_name(s->ix->keys, fn));
		format_end(s->out, at);
		f->local = s->ix->nlocal_fns++;
		s->ix->records++;
	}
	return f->local;
}

static uint32_t
key_number(struct sink *s, const struct key *key)
{
	uint32_t local = index_local(s->ix, key);

	if (local != INDEX_NONE && !s->ix->slots[local].stale)
		return local;
	uint32_t fn = fn_number(s, key->fn);
	size_t at = format_begin(s->out, FORMAT_KEY);
	enc_u64(s->out, fn);
	buf_add(s->out, key->arg, key->size);
	format_end(s->out, at);
	s->ix->records++;
	return index_add_key(s->ix, key);
}

/* Known keys were valid when they got their number. */
static bool
key_storable(const struct index *ix, const struct key *key)
{
	return fn_stored(ix, key) && (index_local(ix, key) != INDEX_NONE ||
	    format_key_valid(key->arg, key->size));
}

static bool
keys_storable(const struct index *ix, const struct graph *g, const struct node *n)
{
	if (!key_storable(ix, n->key))
		return false;
	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
		if (!key_storable(ix, graph_node(g, i.id)->key))
			return false;
	return true;
}

/* ---- nodes ---- */

static void
add_groups(struct sink *s, const struct graph *g, const struct node *n)
{
	uint64_t ngroups = 0;
	uint32_t count;

	for (uint32_t at = 0; at < n->ndeps; ngroups++)
		group_next(n->deps, &at, &count);
	enc_u64(s->out, ngroups);
	for (uint32_t at = 0; at < n->ndeps;) {
		const uint32_t *ids = group_next(n->deps, &at, &count);
		if (count != 1)
			enc_u64(s->out, (uint64_t)count * 2 + 1);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t local = index_local(s->ix, graph_node(g, ids[i])->key);
			enc_u64(s->out, count == 1 ? local * 2 : local);
		}
	}
}

/* The values that flags announce, in their order. */
struct parts {
	const struct value *value[4];
	unsigned char flags;
};

static struct parts
parts_of(const struct node *n)
{
	struct parts p = { { n->value, NULL, NULL, NULL }, 0 };

	if (n->flags & NODE_INJECTED)
		p.flags |= FORMAT_INJECTED;
	if (!n->extra)
		return p;
	p.value[1] = n->extra->stamp;
	p.value[2] = n->extra->messages;
	p.value[3] = n->extra->recovered;
	for (unsigned i = 1; i < 4; i++)
		if (p.value[i])
			p.flags |= (unsigned char)(FORMAT_STAMP << (i - 1));
	return p;
}

static bool
add_parts_depsets(struct sink *s, const struct parts *p)
{
	for (unsigned i = 0; i < 4; i++)
		if (p->value[i] && (!format_value_valid(p->value[i]) ||
		    !add_depsets_of(s, p->value[i])))
			return false;
	return true;
}

bool
write_node(struct index *ix, struct buf *out, const struct graph *g, const struct node *n)
{
	struct sink s = { ix, out };

	if (!n->value || (n->flags & (NODE_ERROR | NODE_TRANSIENT)) || !keys_storable(ix, g, n))
		return false;
	struct parts p = parts_of(n);
	if (!add_parts_depsets(&s, &p))
		return false;
	uint32_t local = key_number(&s, n->key);
	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
		key_number(&s, graph_node(g, i.id)->key);
	size_t at = format_begin(out, FORMAT_NODE);
	enc_u64(out, local);
	enc_u64(out, n->changed_at);
	enc_u64(out, n->verified_at);
	buf_addc(out, (char)p.flags);
	add_groups(&s, g, n);
	for (unsigned i = 0; i < 4; i++)
		if (p.value[i])
			format_add_value(out, p.value[i]);
	if (out->n - at - FORMAT_FRAME > FORMAT_MAX_RECORD) {
		buf_cut(out, at);
		return false;
	}
	format_end(out, at);
	index_set_node(ix, local, true, false);
	ix->records++;
	return true;
}

static bool
in_snapshot(const struct graph *g, const struct node *n)
{
	uint32_t id = cold_find(g, n->key);

	return id != NODE_NONE && (g->cold->f->nodes[id].flags & FROZEN_VALUE);
}

/* Is there something to be taken back? */
static bool
is_recorded(const struct index *ix, const struct graph *g, const struct node *n)
{
	uint32_t local = index_local(ix, n->key);
	const struct index_slot *slot = local == INDEX_NONE ? NULL : &ix->slots[local];

	if (!fn_stored(ix, n->key))
		return false;
	return (slot && slot->node) || in_snapshot(g, n);
}

static void
take_back(struct index *ix, struct buf *out, const struct node *n, enum format_type how)
{
	struct sink s = { ix, out };
	uint32_t local = key_number(&s, n->key);
	size_t at = format_begin(out, how);
	bool doubt = how == FORMAT_DOUBT;

	enc_u64(out, local);
	format_end(out, at);
	ix->records++;
	index_set_node(ix, local, doubt && ix->slots[local].node, doubt);
}

void
write_forget(struct index *ix, struct buf *out, const struct graph *g, const struct node *n)
{
	if (is_recorded(ix, g, n))
		take_back(ix, out, n, FORMAT_FORGET);
}

void
write_failed(struct index *ix, struct buf *out, const struct graph *g, const struct node *n)
{
	const struct index_fn *f = index_fn(ix, n->key->fn);
	bool kept = f && (f->flags & STORE_FN_KEPT);

	if (is_recorded(ix, g, n))
		take_back(ix, out, n, kept ? FORMAT_DOUBT : FORMAT_FORGET);
}
