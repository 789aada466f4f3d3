/* steady.c -- a set of 128-bit digests over path, stat and content. */
#include "nodes/steady.h"

#include "base/die.h"
#include "base/map.h"
#include "base/spin.h"

struct steady {
	struct spin lock;
	struct map map;              /* low half -> index in v */
	struct digest *v;
	size_t n, cap;
};

struct steady *
steady_new(void)
{
	struct steady *s = mem_zalloc(sizeof(*s));

	map_init(&s->map);
	return s;
}

void
steady_free(struct steady *s)
{
	if (!s)
		return;
	map_fini(&s->map);
	mem_free(s->v);
	mem_free(s);
}

static struct digest
fact_of(struct str path, const struct fs_stat *st, struct str digest)
{
	struct hasher *h = hasher_new();

	hasher_add_str(h, path);
	hasher_add_str(h, digest);
	hasher_add_u64(h, (uint64_t)st->kind << 32 | st->mode);
	hasher_add_u64(h, st->size);
	hasher_add_u64(h, (uint64_t)st->mtime_ns);
	hasher_add_u64(h, (uint64_t)st->ctime_ns);
	hasher_add_u64(h, st->inode);
	struct digest d = hasher_digest(h);
	hasher_free(h);
	return d;
}

static bool
same_fact(const void *ctx, uint32_t i, const void *what)
{
	return digest_eq(((const struct steady *)ctx)->v[i], *(const struct digest *)what);
}

static uint64_t
fact_hash(const void *ctx, uint32_t i)
{
	return ((const struct steady *)ctx)->v[i].lo;
}

bool
steady_has(struct steady *s, struct str path, const struct fs_stat *st, struct str digest)
{
	struct digest d = fact_of(path, st, digest);

	spin_lock(&s->lock);
	bool has = map_find(&s->map, d.lo, same_fact, s, &d) != MAP_NONE;
	spin_unlock(&s->lock);
	return has;
}

void
steady_add(struct steady *s, struct str path, const struct fs_stat *st, struct str digest,
	int64_t looked_ns)
{
	struct digest d = fact_of(path, st, digest);
	struct stat_stamp stamp;

	stat_stamp_of(&stamp, st, looked_ns);
	if (stat_stamp_racy(&stamp))
		return;
	spin_lock(&s->lock);
	if (map_find(&s->map, d.lo, same_fact, s, &d) == MAP_NONE) {
		s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof(s->v[0]));
		s->v[s->n] = d;
		map_insert(&s->map, d.lo, (uint32_t)s->n++, fact_hash, s);
	}
	spin_unlock(&s->lock);
}
