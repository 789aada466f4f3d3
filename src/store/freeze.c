/* freeze.c -- choosing, ordering and writing.
 *
 * Nodes are numbered depth first from those that nobody depends on, so that a
 * walk over what a target rests on reads memory in order.  A node that is not
 * kept, but that a kept one depends on, is written without values.
 */
#include "store/freeze.h"

#include "base/die.h"
#include "os/appendfile.h"
#include "os/fs.h"
#include "store/format.h"
#include "store/snapshot.h"
#include "store/write.h"

#define PIECE ((size_t)1 << 20)      /* bytes per write */
#define NO_ID UINT32_MAX

/* What becomes of a node. */
enum { GONE, NAMED, KEPT, KEPT_REDO };

struct freezer {
	const struct index *ix;
	const struct graph *g;
	uint8_t *fate;               /* by graph id */
	uint32_t *id;                /* new id by graph id, or NO_ID */
	uint32_t *order;             /* graph ids by new id */
	uint32_t n;
	uint32_t *fn;                /* 1 + index in the snapshot by keys_fn id */
	size_t nfn;
	uint32_t nfns;
	struct index depsets;        /* numbers those written */
	struct frozen_node *nodes;
	struct buf section[SNAPSHOT_SECTIONS];
	struct buf parts;            /* not yet written */
	uint64_t nparts;             /* bytes, written or not */
	struct snapshot_head head;
	struct appendfile file;
	struct err *e;
	bool ok;
};

/* ---- choosing ---- */

static bool
fn_stored(const struct freezer *z, uint16_t fn)
{
	const struct index_fn *f = index_fn(z->ix, fn);

	return f && !(f->flags & STORE_FN_UNSTORED);
}

static uint8_t
fate_of_cold(const struct freezer *z, uint32_t id)
{
	const struct cold *c = z->g->cold;
	const struct frozen_node *f = &c->f->nodes[id];

	if (!(f->flags & FROZEN_VALUE) || !c->f->fns[f->fn].known)
		return GONE;
	return f->flags & FROZEN_REDO || c->f->fns[f->fn].redo ? KEPT_REDO : KEPT;
}

/* A dependency that is not stored makes a node what cannot be believed later. */
static bool
rests_on_unstored(const struct freezer *z, const struct node *n)
{
	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
		if (!graph_is_cold(z->g, i.id) &&
		    !fn_stored(z, graph_node(z->g, i.id)->key->fn))
			return true;
	return false;
}

static uint8_t
fate_of_hot(const struct freezer *z, const struct node *n)
{
	if (!n->value || (n->flags & (NODE_ERROR | NODE_TRANSIENT)) ||
	    !fn_stored(z, n->key->fn) || rests_on_unstored(z, n))
		return GONE;
	return node_state(n) == NODE_CHANGED ? KEPT_REDO : KEPT;
}

/* A failed node's last good result outlives the failure where that is wanted. */
static bool
old_one_counts(const struct freezer *z, uint32_t id)
{
	const struct cold *c = z->g->cold;

	if (!c || id >= c->f->nnodes || !node_is_error(graph_node(z->g, id)))
		return false;
	const struct index_fn *f = index_fn(z->ix, graph_node(z->g, id)->key->fn);
	return f && (f->flags & STORE_FN_KEPT) && fate_of_cold(z, id) != GONE;
}

static bool
reads_frozen(const struct freezer *z, uint32_t id)
{
	return graph_is_cold(z->g, id) || old_one_counts(z, id);
}

static const uint32_t *
deps_of(const struct freezer *z, uint32_t id, uint32_t *words)
{
	*words = 0;
	if (z->fate[id] < KEPT)
		return NULL;
	if (!reads_frozen(z, id))
		return graph_deps(z->g, id, words);
	const struct frozen *f = z->g->cold->f;
	*words = f->nodes[id].ndeps;
	return f->deps + f->nodes[id].deps;
}

static void
choose(struct freezer *z)
{
	for (uint32_t id = 0; id < z->g->nnodes; id++) {
		if (graph_is_cold(z->g, id))
			z->fate[id] = fate_of_cold(z, id);
		else if (old_one_counts(z, id))
			z->fate[id] = KEPT_REDO;
		else
			z->fate[id] = fate_of_hot(z, graph_node(z->g, id));
	}
	for (uint32_t id = 0, n; id < z->g->nnodes; id++) {
		const uint32_t *deps = deps_of(z, id, &n);
		for (struct group_iter i = group_iter_of(deps, n); group_iter_next(&i);) {
			z->id[i.id] = 0;        /* somebody depends on it */
			if (z->fate[i.id] == GONE)
				z->fate[i.id] = NAMED;
		}
	}
}

/* ---- ordering ---- */

struct step {
	struct group_iter rest;
};

static void
number(struct freezer *z, uint32_t id)
{
	z->id[id] = z->n;
	z->order[z->n++] = id;
}

static void
walk(struct freezer *z, uint8_t *met, uint32_t root, struct step **stack, size_t *cap)
{
	size_t n = 0;
	uint32_t words, id = root;

	for (;;) {
		if (!met[id]) {
			met[id] = 1;
			number(z, id);
			const uint32_t *deps = deps_of(z, id, &words);
			*stack = mem_grow(*stack, cap, n + 1, sizeof(**stack));
			(*stack)[n++] = (struct step){ group_iter_of(deps, words) };
		}
		while (n > 0 && !group_iter_next(&(*stack)[n - 1].rest))
			n--;
		if (n == 0)
			return;
		id = (*stack)[n - 1].rest.id;
	}
}

static void
arrange(struct freezer *z)
{
	uint8_t *met = mem_zalloc(z->g->nnodes);
	struct step *stack = NULL;
	size_t cap = 0;

	for (uint32_t pass = 0; pass < 2; pass++)      /* a circle has no top */
		for (uint32_t id = 0; id < z->g->nnodes; id++)
			if (z->fate[id] != GONE && !met[id] && (pass > 0 || z->id[id] == NO_ID))
				walk(z, met, id, &stack, &cap);
	mem_free(stack);
	mem_free(met);
}

/* ---- values ---- */

static void
flush_parts(struct freezer *z, size_t at_least)
{
	if (z->parts.n < at_least || !z->ok)
		return;
	z->ok = appendfile_append(&z->file, z->parts.p, z->parts.n, z->e);
	buf_reset(&z->parts);
}

static uint32_t
add_part(struct freezer *z, struct digest digest, const void *bytes, uint32_t size,
	const uint32_t *kids, uint32_t nkids)
{
	struct frozen_head head = { digest.lo, digest.hi, size, nkids };
	uint32_t units = frozen_part_units(size, nkids), at = (uint32_t)(z->nparts / FROZEN_UNIT);
	size_t begin = z->parts.n, end = begin + (size_t)units * FROZEN_UNIT;

	z->ok = z->ok && z->nparts / FROZEN_UNIT + units < UINT32_MAX;
	buf_add(&z->parts, &head, sizeof(head));
	if (nkids > 0) {
		uint32_t sum = frozen_kids_sum(kids, nkids);
		buf_add(&z->parts, kids, nkids * sizeof(kids[0]));
		buf_add(&z->parts, &sum, sizeof(sum));
	}
	buf_add(&z->parts, bytes, size);
	buf_add(&z->parts, "\0\0\0\0\0\0\0", end - z->parts.n);
	z->nparts += (uint64_t)units * FROZEN_UNIT;
	return at;
}

static bool
is_new(void *arg, const struct value *depset)
{
	const struct freezer *z = arg;

	return index_depset(&z->depsets, depset->digest) == INDEX_NONE;
}

static uint32_t
add_value(struct freezer *z, const struct value *v)
{
	uint32_t few[16] = { 0 }, *kids = few;

	if (v->nkids > ARRAY_LEN(few))
		kids = mem_alloc(v->nkids * sizeof(kids[0]));
	for (uint32_t i = 0; i < v->nkids; i++)
		kids[i] = index_depset(&z->depsets, v->kids[i]->digest);
	uint32_t at = add_part(z, v->digest, value_bytes(v), v->size, kids, v->nkids);
	if (kids != few)
		mem_free(kids);
	return at;
}

static bool
add_depset(void *arg, const struct value *depset)
{
	struct freezer *z = arg;
	uint32_t at = add_value(z, depset);

	index_add_depset(&z->depsets, depset->digest);
	buf_add(&z->section[SNAPSHOT_DEPSETS], &at, sizeof(at));
	return true;
}

static void
add_depsets_of(struct freezer *z, const struct value *v)
{
	struct write_walk w = { is_new, add_depset, z };

	if (v && v->nkids > 0)
		write_walk_depsets(v, &w);
}

static void
add_values(struct freezer *z, struct frozen_node *out, const struct value *const v[4])
{
	for (unsigned i = 0; i < 4; i++)
		add_depsets_of(z, v[i]);
	out->parts = (uint32_t)(z->nparts / FROZEN_UNIT);
	for (unsigned i = 0; i < 4; i++) {
		if (!v[i])
			continue;
		add_value(z, v[i]);
		out->flags |= (uint16_t)(FROZEN_VALUE << i);
	}
}

/* Plain values are copied as they lie; such with depsets are made first, for those
 * get other numbers.  One that is damaged is left out. */
static void
copy_values(struct freezer *z, struct frozen_node *out, uint32_t id)
{
	struct frozen_part part[4];
	bool there[4], plain = true;
	const struct frozen *f = z->g->cold->f;
	uint32_t at = f->nodes[id].parts;

	for (unsigned i = 0; i < 4; i++) {
		there[i] = (f->nodes[id].flags & (FROZEN_VALUE << i)) != 0;
		if (there[i] && !frozen_part(f, &at, &part[i]))
			return;
		plain = plain && (!there[i] || part[i].nkids == 0);
	}
	if (!plain) {
		struct value *v[4] = { NULL };
		if (cold_values(z->g->cold, id, v))
			add_values(z, out, (const struct value *const *)v);
		for (unsigned i = 0; i < 4; i++)
			value_unref(v[i]);
		return;
	}
	out->parts = (uint32_t)(z->nparts / FROZEN_UNIT);
	for (unsigned i = 0; i < 4; i++) {
		if (!there[i])
			continue;
		add_part(z, part[i].digest, part[i].bytes, part[i].size, NULL, 0);
		out->flags |= (uint16_t)(FROZEN_VALUE << i);
	}
}

static void
put_values(struct freezer *z, struct frozen_node *out, uint32_t id)
{
	if (reads_frozen(z, id)) {
		copy_values(z, out, id);
		return;
	}
	const struct node *n = graph_node(z->g, id);
	const struct node_extra none = { 0 }, *x = n->extra ? n->extra : &none;
	add_values(z, out, (const struct value *const[]){ n->value, x->stamp, x->messages,
	    x->recovered });
}

/* ---- nodes ---- */

static uint16_t
fn_number(struct freezer *z, uint16_t fn)
{
	struct buf *out = &z->section[SNAPSHOT_FNS];

	if (fn >= z->nfn) {
		size_t old = z->nfn;
		z->fn = mem_grow(z->fn, &z->nfn, fn + (size_t)1, sizeof(z->fn[0]));
		memset(z->fn + old, 0, (z->nfn - old) * sizeof(z->fn[0]));
	}
	if (z->fn[fn] == 0) {
		const struct index_fn *f = index_fn(z->ix, fn);
		enc_u64le(out, f ? f->version : 0);
		enc_str(out, keys_fn_name(z->g->keys, fn));
		z->fn[fn] = ++z->nfns;
	}
	return (uint16_t)(z->fn[fn] - 1);
}

static void
put_key(struct freezer *z, struct frozen_node *out, uint32_t id)
{
	struct buf *keys = &z->section[SNAPSHOT_KEYS];
	const struct frozen *f = z->g->cold ? z->g->cold->f : NULL;
	bool cold = graph_is_cold(z->g, id);
	const struct key *key = cold ? NULL : graph_node(z->g, id)->key;
	const void *arg = cold ? f->keys + f->nodes[id].key : key->arg;

	out->key_size = cold ? f->nodes[id].key_size : key->size;
	out->key = (uint32_t)keys->n;
	out->fn = fn_number(z, cold ? f->fns[f->nodes[id].fn].fn : key->fn);
	out->hash = (uint32_t)frozen_hash(out->fn, arg, out->key_size);
	buf_add(keys, arg, out->key_size);
	z->ok = z->ok && keys->n < UINT32_MAX;
}

static void
put_deps(struct freezer *z, struct frozen_node *out, uint32_t id)
{
	struct buf *deps = &z->section[SNAPSHOT_DEPS];
	uint32_t n;
	const uint32_t *words = deps_of(z, id, &n);

	out->deps = (uint32_t)(deps->n / sizeof(uint32_t));
	out->ndeps = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t word = words[i] & GROUP_MARK ? words[i] : z->id[words[i]];
		buf_add(deps, &word, sizeof(word));
		if (!(words[i] & GROUP_MARK))
			z->nodes[word].nrdeps++;
	}
}

static void
count(struct freezer *z, const struct frozen_node *n)
{
	uint32_t newest = n->changed_at > n->verified_at ? n->changed_at : n->verified_at;

	if (newest > z->head.version)
		z->head.version = newest;
	z->head.nmessages += (n->flags & FROZEN_MESSAGES) != 0;
	z->head.nrecovered += (n->flags & FROZEN_RECOVERED) != 0;
	z->head.nbehind += !(n->flags & FROZEN_VALUE) ||
	    (n->flags & (FROZEN_BEHIND | FROZEN_REDO));
}

static bool
is_behind(const struct freezer *z, uint32_t id, uint32_t verified_at)
{
	uint32_t n;
	const uint32_t *deps = deps_of(z, id, &n);

	for (struct group_iter i = group_iter_of(deps, n); group_iter_next(&i);)
		if (z->fate[i.id] != KEPT || graph_changed_at(z->g, i.id) > verified_at)
			return true;
	return false;
}

static bool
is_session(const struct freezer *z, uint32_t id)
{
	const struct cold *c = z->g->cold;

	if (graph_is_cold(z->g, id))
		return c->f->fns[c->f->nodes[id].fn].session;
	const struct index_fn *f = index_fn(z->ix, graph_node(z->g, id)->key->fn);
	return f && (f->flags & STORE_FN_SESSION);
}

static void
put_node(struct freezer *z, uint32_t id)
{
	struct frozen_node *out = &z->nodes[z->id[id]];
	bool frozen = reads_frozen(z, id);
	const struct frozen_node *old = frozen ? &z->g->cold->f->nodes[id] : NULL;

	put_key(z, out, id);
	put_deps(z, out, id);
	if (z->fate[id] >= KEPT) {
		if (!is_session(z, id))
			put_values(z, out, id);
		out->changed_at = frozen ? old->changed_at : graph_changed_at(z->g, id);
		out->verified_at = frozen ? old->verified_at : graph_verified_at(z->g, id);
		if (frozen ? old->flags & FROZEN_INJECTED :
		    graph_node(z->g, id)->flags & NODE_INJECTED)
			out->flags |= FROZEN_INJECTED;
		if (z->fate[id] == KEPT_REDO)
			out->flags |= FROZEN_REDO;
		if (is_behind(z, id, out->verified_at))
			out->flags |= FROZEN_BEHIND;
	}
	count(z, out);
	flush_parts(z, PIECE);
}

/* What a session looks at lies together: values of such functions come first. */
static void
put_nodes(struct freezer *z)
{
	z->nodes = mem_zalloc(z->n * sizeof(z->nodes[0]));
	for (uint32_t i = 0; i < z->n && z->ok; i++) {
		if (z->fate[z->order[i]] < KEPT || !is_session(z, z->order[i]))
			continue;
		put_values(z, &z->nodes[i], z->order[i]);
		flush_parts(z, PIECE);
	}
	for (uint32_t i = 0; i < z->n && z->ok; i++)
		put_node(z, z->order[i]);
	flush_parts(z, 1);
}

/* Each list of reverse edges begins where the one before ends. */
static void
put_rdeps(struct freezer *z)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < z->n; i++) {
		z->nodes[i].rdeps = (uint32_t)total;
		total += z->nodes[i].nrdeps;
		z->nodes[i].nrdeps = 0;
	}
	uint32_t *rdeps = mem_alloc(total * sizeof(rdeps[0]));
	const uint32_t *deps = (const void *)buf_str(&z->section[SNAPSHOT_DEPS]).p;
	for (uint32_t i = 0; i < z->n; i++) {
		struct group_iter k = group_iter_of(deps + z->nodes[i].deps, z->nodes[i].ndeps);
		while (group_iter_next(&k)) {
			struct frozen_node *d = &z->nodes[k.id];
			rdeps[d->rdeps + d->nrdeps++] = i;
		}
	}
	buf_add(&z->section[SNAPSHOT_RDEPS], rdeps, total * sizeof(rdeps[0]));
	mem_free(rdeps);
}

static void
put_index(struct freezer *z)
{
	const unsigned char *keys = (const void *)buf_str(&z->section[SNAPSHOT_KEYS]).p;
	uint32_t cap = 16;

	while (cap < z->n + z->n / 2)
		cap *= 2;
	uint32_t *slots = mem_zalloc(cap * sizeof(slots[0]));
	for (uint32_t i = 0; i < z->n; i++) {
		const struct frozen_node *n = &z->nodes[i];
		uint64_t hash = frozen_hash(n->fn, keys + n->key, n->key_size);
		uint32_t at = (uint32_t)(hash >> 32) & (cap - 1);
		while (slots[at] != 0)
			at = (at + 1) & (cap - 1);
		slots[at] = i + 1;
	}
	buf_add(&z->section[SNAPSHOT_INDEX], slots, cap * sizeof(slots[0]));
	buf_add(&z->section[SNAPSHOT_NODES], z->nodes, z->n * sizeof(z->nodes[0]));
	mem_free(slots);
}

/* ---- the file ---- */

static bool
append(struct freezer *z, const void *p, uint64_t n)
{
	z->ok = z->ok && appendfile_append(&z->file, p, (size_t)n, z->e) &&
	    appendfile_append(&z->file, "\0\0\0\0\0\0\0", (size_t)(snapshot_pad(n) - n), z->e);
	return z->ok;
}

static void
put_file(struct freezer *z)
{
	struct snapshot_head *h = &z->head;
	struct buf header = BUF_INIT;

	h->order = 0x01020304;
	h->node_size = sizeof(struct frozen_node);
	h->nparts = z->nparts;
	for (int i = 0; i < SNAPSHOT_SECTIONS; i++) {
		struct str s = buf_str(&z->section[i]);
		h->size[i] = s.n;
		h->sum[i] = hash64(s.p, s.n);
		append(z, s.p, s.n);
	}
	h->head_sum = snapshot_head_sum(h);
	format_add_header(&header, z->file.size - FORMAT_HEADER);
	buf_add(&header, h, sizeof(*h));
	z->ok = z->ok && appendfile_rewrite(&z->file, 0, header.p, header.n, z->e) &&
	    appendfile_sync(&z->file, z->e);
	buf_fini(&header);
}

static void
freeze(struct freezer *z)
{
	size_t n = z->g->nnodes;

	z->fate = mem_zalloc(n);
	z->id = mem_alloc(n * sizeof(z->id[0]));
	memset(z->id, 0xff, n * sizeof(z->id[0]));
	z->order = mem_alloc(n * sizeof(z->order[0]));
	index_init_like(&z->depsets, z->ix);
	choose(z);
	arrange(z);
	buf_reserve(&z->parts, FORMAT_HEADER + sizeof(z->head));
	memset(z->parts.p, 0, FORMAT_HEADER + sizeof(z->head));
	z->parts.n = FORMAT_HEADER + sizeof(z->head);
	put_nodes(z);
	put_rdeps(z);
	put_index(z);
	if (z->ok)
		put_file(z);
	index_fini(&z->depsets);
	mem_free(z->fate);
	mem_free(z->id);
	mem_free(z->order);
	mem_free(z->fn);
	mem_free(z->nodes);
	buf_fini(&z->parts);
	for (int i = 0; i < SNAPSHOT_SECTIONS; i++)
		buf_fini(&z->section[i]);
}

bool
freeze_graph(const struct index *ix, const struct graph *g, int dir, const char *path,
	const char *temp, struct err *e)
{
	struct freezer z = { .ix = ix, .g = g, .e = e, .ok = true };
	struct err ignored = ERR_INIT;

	if (!appendfile_open(&z.file, dir, temp, true, e))
		return false;
	freeze(&z);
	appendfile_close(&z.file);
	if (z.ok && fs_rename(dir, temp, path, e))
		return true;
	fs_remove(dir, temp, &ignored);
	err_fini(&ignored);
	return false;
}
