/* vr.c -- reading values, and walking depsets (declared in value.h).
 *
 * Encodings were checked when they were made or loaded, so the readers trust
 * them; only the kind asked for can be wrong.
 */
#include "base/die.h"
#include "base/enc.h"
#include "base/hash.h"
#include "base/map.h"
#include "graph/value.h"

struct vr
vr_of(const struct value *v)
{
	return (struct vr){ value_bytes(v), value_bytes(v) + v->size, v->kids };
}

enum value_kind
vr_kind(const struct vr *r)
{
	return r->p < r->end ? (enum value_kind)*r->p : VALUE_NIL;
}

static struct dec
body(const struct vr *r)
{
	return dec_of(r->p + 1, (size_t)(r->end - r->p) - 1);
}

bool
vr_bool(struct vr *r, bool *out)
{
	enum value_kind k = vr_kind(r);

	if (k != VALUE_TRUE && k != VALUE_FALSE)
		return false;
	*out = k == VALUE_TRUE;
	r->p++;
	return true;
}

bool
vr_int(struct vr *r, int64_t *out)
{
	if (vr_kind(r) != VALUE_INT)
		return false;
	struct dec d = body(r);
	*out = dec_i64(&d);
	r->p = d.p;
	return true;
}

bool
vr_float(struct vr *r, double *out)
{
	int64_t i;

	if (vr_int(r, &i)) {
		*out = (double)i;
		return true;
	}
	if (vr_kind(r) != VALUE_FLOAT)
		return false;
	struct dec d = body(r);
	*out = dec_f64(&d);
	r->p = d.p;
	return true;
}

bool
vr_str(struct vr *r, struct str *out)
{
	if (vr_kind(r) != VALUE_STRING)
		return false;
	struct dec d = body(r);
	*out = dec_str(&d);
	r->p = d.p;
	return true;
}

static bool
open_counted(struct vr *r, enum value_kind kind, size_t *count)
{
	if (vr_kind(r) != kind)
		return false;
	struct dec d = body(r);
	*count = (size_t)dec_u64(&d);
	r->p = d.p;
	return true;
}

bool
vr_list(struct vr *r, size_t *count)
{
	return open_counted(r, VALUE_LIST, count);
}

bool
vr_map(struct vr *r, size_t *count)
{
	return open_counted(r, VALUE_MAP, count);
}

bool
vr_tag(struct vr *r, struct str *name)
{
	if (vr_kind(r) != VALUE_TAGGED)
		return false;
	struct dec d = body(r);
	*name = dec_str(&d);
	r->p = d.p;
	return true;
}

bool
vr_depset(struct vr *r, const struct value **depset)
{
	if (vr_kind(r) != VALUE_DEPSET)
		return false;
	*depset = *r->kid++;
	r->p += 17;
	return true;
}

/* Counts what is still to be skipped instead of recursing. */
void
vr_skip(struct vr *r)
{
	for (size_t left = 1; left > 0; left--) {
		size_t n;
		struct dec d = body(r);
		switch (vr_kind(r)) {
		case VALUE_NIL: case VALUE_FALSE: case VALUE_TRUE:
			r->p++;
			break;
		case VALUE_INT:
			dec_u64(&d);
			r->p = d.p;
			break;
		case VALUE_FLOAT:
			r->p += 9;
			break;
		case VALUE_STRING:
			dec_str(&d);
			r->p = d.p;
			break;
		case VALUE_LIST:
			vr_list(r, &n);
			left += n;
			break;
		case VALUE_MAP:
			vr_map(r, &n);
			left += 2 * n;
			break;
		case VALUE_TAGGED:
			dec_str(&d);
			r->p = d.p;
			left++;
			break;
		case VALUE_DEPSET:
			r->p += 17;
			r->kid++;
			break;
		case VALUE_DEPSET_NODE:
			r->p = r->end;
			break;
		}
	}
}

bool
vr_field(const struct vr *map, const char *name, struct vr *out)
{
	struct vr r = *map;
	struct str want = str_of(name), key;
	size_t n;

	if (!vr_map(&r, &n))
		return false;
	for (; n > 0; n--) {
		int c = -1;
		if (vr_str(&r, &key))
			c = str_cmp(key, want);
		else
			vr_skip(&r);
		if (c == 0) {
			*out = r;
			return true;
		}
		if (c > 0)
			return false;
		vr_skip(&r);
	}
	return false;
}

bool
vr_field_str(const struct vr *map, const char *name, struct str *out)
{
	struct vr r;

	return vr_field(map, name, &r) && vr_str(&r, out);
}

bool
vr_field_int(const struct vr *map, const char *name, int64_t *out)
{
	struct vr r;

	return vr_field(map, name, &r) && vr_int(&r, out);
}

bool
vr_field_bool(const struct vr *map, const char *name, bool *out)
{
	struct vr r;

	*out = false;
	return vr_field(map, name, &r) && vr_bool(&r, out);
}

struct value *
vr_copy(const struct vr *r)
{
	struct vr end = *r;

	vr_skip(&end);
	if (vr_kind(r) == VALUE_DEPSET)
		return value_ref(*r->kid);
	return value_new(r->p, (size_t)(end.p - r->p), r->kid, (uint32_t)(end.kid - r->kid));
}

/* ---- depsets ---- */

struct frame {
	const struct value *node;
	uint32_t kid;                 /* next kid to enter */
};

struct walk {
	depset_fn fn;
	void *arg;
	enum depset_order order;
	struct map seen_nodes, seen_items;
	const struct value **nodes;   /* all met, indexed by seen_nodes */
	size_t nnodes, capnodes;
	struct vr *items;             /* all given out, indexed by seen_items */
	size_t nitems, capitems;
	struct frame *stack;
	size_t depth, capstack;
	const struct value **post;    /* topological: nodes in postorder */
	size_t npost, cappost;
};

static bool
same_node(const void *ctx, uint32_t i, const void *what)
{
	const struct walk *w = ctx;

	return digest_eq(w->nodes[i]->digest, ((const struct value *)what)->digest);
}

static uint64_t
node_hash(const void *ctx, uint32_t i)
{
	return ((const struct walk *)ctx)->nodes[i]->digest.lo;
}

static struct str
item_bytes(struct vr r)
{
	const unsigned char *start = r.p;

	vr_skip(&r);
	return (struct str){ (const char *)start, (size_t)(r.p - start) };
}

static bool
same_item(const void *ctx, uint32_t i, const void *what)
{
	return str_eq(item_bytes(((const struct walk *)ctx)->items[i]), *(const struct str *)what);
}

static uint64_t
item_hash(const void *ctx, uint32_t i)
{
	struct str s = item_bytes(((const struct walk *)ctx)->items[i]);

	return hash64(s.p, s.n);
}

static void
give_items(struct walk *w, const struct value *node)
{
	struct dec d = dec_of(value_bytes(node) + 2, node->size - 2);
	struct vr r = { NULL, value_bytes(node) + node->size, NULL };

	uint64_t n = dec_u64(&d);
	r.p = d.p;
	for (; n > 0; n--) {
		struct str s = item_bytes(r);
		uint64_t h = hash64(s.p, s.n);
		if (map_find(&w->seen_items, h, same_item, w, &s) == MAP_NONE) {
			w->items = mem_grow(w->items, &w->capitems, w->nitems + 1,
			    sizeof(w->items[0]));
			w->items[w->nitems++] = r;
			map_insert(&w->seen_items, h, (uint32_t)(w->nitems - 1), item_hash, w);
			w->fn(w->arg, r);
		}
		r.p += s.n;
	}
}

static void
enter(struct walk *w, const struct value *node)
{
	if (map_find(&w->seen_nodes, node->digest.lo, same_node, w, node) != MAP_NONE)
		return;
	w->nodes = mem_grow(w->nodes, &w->capnodes, w->nnodes + 1, sizeof(w->nodes[0]));
	w->nodes[w->nnodes++] = node;
	map_insert(&w->seen_nodes, node->digest.lo, (uint32_t)(w->nnodes - 1), node_hash, w);
	w->stack = mem_grow(w->stack, &w->capstack, w->depth + 1, sizeof(w->stack[0]));
	w->stack[w->depth++] = (struct frame){ node, 0 };
	if (w->order == DEPSET_PREORDER)
		give_items(w, node);
}

static void
leave(struct walk *w, const struct value *node)
{
	if (w->order == DEPSET_POSTORDER) {
		give_items(w, node);
	} else if (w->order == DEPSET_TOPOLOGICAL) {
		w->post = mem_grow(w->post, &w->cappost, w->npost + 1, sizeof(w->post[0]));
		w->post[w->npost++] = node;
	}
}

/* Topological: a node before all that it contains, i.e. the reverse of a
 * postorder that visits the kids from last to first. */
void
depset_walk(const struct value *depset, depset_fn fn, void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };

	w.order = (enum depset_order)value_bytes(depset)[1];
	map_init(&w.seen_nodes);
	map_init(&w.seen_items);
	enter(&w, depset);
	while (w.depth > 0) {
		struct frame *f = &w.stack[w.depth - 1];
		if (f->kid < f->node->nkids) {
			uint32_t i = f->kid++;
			if (w.order == DEPSET_TOPOLOGICAL)
				i = f->node->nkids - 1 - i;
			enter(&w, f->node->kids[i]);
		} else {
			w.depth--;
			leave(&w, f->node);
		}
	}
	for (size_t i = w.npost; i > 0; i--)
		give_items(&w, w.post[i - 1]);
	map_fini(&w.seen_nodes);
	map_fini(&w.seen_items);
	mem_free(w.nodes);
	mem_free(w.items);
	mem_free(w.stack);
	mem_free(w.post);
}
