/* frozen.c -- look-ups in flat arrays. */
#include "graph/frozen.h"

uint64_t
frozen_hash(uint16_t fn, const void *arg, size_t size)
{
	return hash64(arg, size) + fn * UINT64_C(0x9e3779b97f4a7c15);
}

uint32_t
frozen_find(const struct frozen *f, uint16_t fn, const void *arg, size_t size)
{
	uint64_t hash = frozen_hash(fn, arg, size);

	if (f->nindex == 0)
		return UINT32_MAX;
	for (uint32_t i = (uint32_t)(hash >> 32);; i++) {
		uint32_t id = f->index[i & (f->nindex - 1)] - 1;
		if (id == UINT32_MAX)
			return UINT32_MAX;
		const struct frozen_node *n = &f->nodes[id];
		if (n->hash == (uint32_t)hash && n->fn == fn && n->key_size == size &&
		    memcmp(f->keys + n->key, arg, size) == 0)
			return id;
	}
}

uint32_t
frozen_kids_sum(const uint32_t *kids, uint32_t n)
{
	return (uint32_t)hash64(kids, n * sizeof(kids[0]));
}

static uint64_t
kid_bytes(uint32_t nkids)
{
	return nkids == 0 ? 0 : ((uint64_t)nkids + 1) * sizeof(uint32_t);
}

uint32_t
frozen_part_units(uint32_t size, uint32_t nkids)
{
	uint64_t bytes = sizeof(struct frozen_head) + kid_bytes(nkids) + size;

	return (uint32_t)((bytes + FROZEN_UNIT - 1) / FROZEN_UNIT);
}

static bool
kids_right(const struct frozen_part *p)
{
	return p->nkids == 0 || p->kids[p->nkids] == frozen_kids_sum(p->kids, p->nkids);
}

bool
frozen_part(const struct frozen *f, uint32_t *at, struct frozen_part *out)
{
	uint32_t left = *at < f->nparts ? f->nparts - *at : 0;
	struct frozen_head head;

	if (left < sizeof(head) / FROZEN_UNIT)
		return false;
	const unsigned char *p = f->parts + (size_t)*at * FROZEN_UNIT;
	memcpy(&head, p, sizeof(head));
	if (sizeof(head) + kid_bytes(head.nkids) + head.size > (uint64_t)left * FROZEN_UNIT)
		return false;
	out->kids = (const uint32_t *)(const void *)(p + sizeof(head));
	out->nkids = head.nkids;
	out->bytes = p + sizeof(head) + kid_bytes(head.nkids);
	out->size = head.size;
	out->digest = (struct digest){ head.lo, head.hi };
	*at += frozen_part_units(head.size, head.nkids);
	return digest_eq(digest_of(out->bytes, out->size), out->digest) && kids_right(out);
}
