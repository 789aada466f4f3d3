/* groups.h -- dependency groups: an ordered list of groups of ids in words.
 *
 * A group of one is the id itself; a group of n > 1 is GROUP_MARK | n and then
 * n ids.  Ids are below 2^31.  The same format is used with node ids (graph)
 * and key ids (messages).
 */
#ifndef SKY_GRAPH_GROUPS_H
#define SKY_GRAPH_GROUPS_H

#include "base/base.h"

#define GROUP_MARK UINT32_C(0x80000000)

/* The group at word `*at`: its members and their number; moves *at behind it. */
static inline const uint32_t *
group_next(const uint32_t *words, uint32_t *at, uint32_t *n)
{
	const uint32_t *p = words + *at;

	if (*p & GROUP_MARK) {
		*n = *p & ~GROUP_MARK;
		*at += 1 + *n;
		return p + 1;
	}
	*n = 1;
	*at += 1;
	return p;
}

/* A growing list of groups. */
struct groups {
	uint32_t *words;      /* owned (mem_*) */
	size_t n, cap;
};

void groups_fini(struct groups *g);
static inline void groups_reset(struct groups *g) { g->n = 0; }
void groups_add(struct groups *g, const uint32_t *ids, uint32_t n);   /* n = 0: nothing */
/* For each id in order: for (struct group_iter i = ...; group_iter_next(&i); ) i.id */
struct group_iter {
	const uint32_t *p, *end;
	uint32_t id;
};
static inline struct group_iter
group_iter_of(const uint32_t *words, size_t n)
{
	return (struct group_iter){ words, words + n, 0 };
}
static inline bool
group_iter_next(struct group_iter *i)
{
	if (i->p < i->end && (*i->p & GROUP_MARK))
		i->p++;
	if (i->p >= i->end)
		return false;
	i->id = *i->p++;
	return true;
}

/* A set of ids for "asked for already?": a short list is scanned, a long one
 * hashed. */
struct idset {
	uint32_t *slots;      /* open addressing, id + 1; NULL while short */
	uint32_t cap, n;
	uint32_t few[12];
};

void idset_fini(struct idset *s);
bool idset_add(struct idset *s, uint32_t id);          /* false: was there */
bool idset_has(const struct idset *s, uint32_t id);
static inline void idset_reset(struct idset *s) { idset_fini(s); }

#endif
