/* places.c -- a few tables, found by the digest of the record. */
#include "nodes/places.h"

#include "base/die.h"
#include "base/spin.h"

enum { TABLES = 8, FEW = 64 };

struct place {
	uint32_t byte, kid;          /* from the beginning of the value */
};

struct table {
	struct digest of;
	struct place *at;            /* owned */
};

struct places {
	struct spin lock;
	struct table tables[TABLES];
};

struct places *
places_new(void)
{
	return mem_zalloc(sizeof(struct places));
}

void
places_free(struct places *p)
{
	for (int i = 0; p && i < TABLES; i++)
		mem_free(p->tables[i].at);
	mem_free(p);
}

static void
fill(struct table *t, const struct value *v, struct vr list, size_t n)
{
	mem_free(t->at);
	t->of = v->digest;
	t->at = mem_alloc(n * sizeof(t->at[0]));
	for (size_t i = 0; i < n; i++, vr_skip(&list))
		t->at[i] = (struct place){ (uint32_t)(list.p - value_bytes(v)),
			(uint32_t)(list.kid - v->kids) };
}

void
places_skip(struct places *p, const struct value *v, struct vr *list, size_t n, size_t i)
{
	if (!p || n <= FEW) {
		for (; i > 0; i--)
			vr_skip(list);
		return;
	}
	struct table *t = &p->tables[v->digest.lo % TABLES];
	spin_lock(&p->lock);
	if (!t->at || !digest_eq(t->of, v->digest))
		fill(t, v, *list, n);
	list->p = value_bytes(v) + t->at[i].byte;
	list->kid = v->kids + t->at[i].kid;
	spin_unlock(&p->lock);
}
