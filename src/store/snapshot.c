/* snapshot.c -- checking what is mapped. */
#include "store/snapshot.h"

#include "base/die.h"
#include "base/enc.h"
#include "graph/groups.h"

enum { ORDER = 0x01020304 };

uint64_t
snapshot_head_sum(const struct snapshot_head *h)
{
	return hash64(h, offsetof(struct snapshot_head, head_sum));
}

static bool
head_right(const struct snapshot_head *h)
{
	return h->order == ORDER && h->node_size == sizeof(struct frozen_node) &&
	    h->head_sum == snapshot_head_sum(h);
}

/* Cuts the sections out of the bytes; false when they do not fit. */
static bool
cut(const struct snapshot_head *h, struct str bytes, struct str out[SNAPSHOT_SECTIONS])
{
	uint64_t at = sizeof(*h) + snapshot_pad(h->nparts);

	for (int i = 0; i < SNAPSHOT_SECTIONS; i++) {
		if (at > bytes.n || h->size[i] > bytes.n - at)
			return false;
		out[i] = (struct str){ bytes.p + at, (size_t)h->size[i] };
		if (hash64(out[i].p, out[i].n) != h->sum[i])
			return false;
		at += snapshot_pad(h->size[i]);
	}
	return h->nparts / FROZEN_UNIT < UINT32_MAX && at == bytes.n;
}

static bool
add_fn(struct snapshot *s, const struct index *ix, uint32_t i, struct dec *d)
{
	uint64_t version = dec_u64le(d);
	struct str name = dec_str(d);
	bool stale;

	if (d->bad)
		return false;
	uint32_t known = index_fn_named(ix, name, version, &stale);
	s->fns[i] = (struct frozen_fn){
		.fn = keys_fn(ix->keys, name), .known = known != INDEX_NONE, .redo = stale,
		.session = known != INDEX_NONE && (ix->fns[known].flags & STORE_FN_SESSION),
	};
	return true;
}

static bool
read_fns(struct snapshot *s, const struct index *ix, struct str text)
{
	struct dec d = dec_of(text.p, text.n);
	size_t cap = 0;
	uint32_t n = 0;

	while (!dec_end(&d)) {
		s->fns = mem_grow(s->fns, &cap, n + (size_t)1, sizeof(s->fns[0]));
		if (!add_fn(s, ix, n, &d))
			return false;
		n++;
	}
	s->frozen.nfns = n;
	s->frozen.fns = s->fns;
	return true;
}

bool
snapshot_open(struct snapshot *s, const struct index *ix, struct str bytes)
{
	const struct snapshot_head *h = (const void *)bytes.p;
	struct str at[SNAPSHOT_SECTIONS];
	struct frozen *f = &s->frozen;

	memset(s, 0, sizeof(*s));
	if (bytes.n == 0)
		return true;
	if (bytes.n < sizeof(*h) || !head_right(h) || !cut(h, bytes, at) ||
	    !read_fns(s, ix, at[SNAPSHOT_FNS])) {
		snapshot_close(s);
		return false;
	}
	f->nodes = (const void *)at[SNAPSHOT_NODES].p;
	f->deps = (const void *)at[SNAPSHOT_DEPS].p;
	f->rdeps = (const void *)at[SNAPSHOT_RDEPS].p;
	f->index = (const void *)at[SNAPSHOT_INDEX].p;
	f->depsets = (const void *)at[SNAPSHOT_DEPSETS].p;
	f->keys = (const void *)at[SNAPSHOT_KEYS].p;
	f->parts = (const void *)(bytes.p + sizeof(*h));
	f->nnodes = (uint32_t)(at[SNAPSHOT_NODES].n / sizeof(struct frozen_node));
	f->nindex = (uint32_t)(at[SNAPSHOT_INDEX].n / sizeof(uint32_t));
	f->ndepsets = (uint32_t)(at[SNAPSHOT_DEPSETS].n / sizeof(uint32_t));
	f->nparts = (uint32_t)(h->nparts / FROZEN_UNIT);
	f->version = h->version;
	f->nmessages = h->nmessages;
	f->nrecovered = h->nrecovered;
	f->nbehind = h->nbehind;
	f->begin = bytes.p;
	f->end = bytes.p + bytes.n;
	return true;
}

void
snapshot_close(struct snapshot *s)
{
	mem_free(s->fns);
	memset(s, 0, sizeof(*s));
}
