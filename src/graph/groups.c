/* groups.c -- growing lists of groups, sets of ids. */
#include "graph/groups.h"

#include "base/die.h"

void
groups_fini(struct groups *g)
{
	mem_free(g->words);
	memset(g, 0, sizeof(*g));
}

void
groups_add(struct groups *g, const uint32_t *ids, uint32_t n)
{
	if (n == 0)
		return;
	if (g->n + n + 1 > g->cap)
		g->words = mem_grow(g->words, &g->cap, g->n + n + 1, sizeof(g->words[0]));
	if (n > 1)
		g->words[g->n++] = GROUP_MARK | n;
	memcpy(g->words + g->n, ids, n * sizeof(ids[0]));
	g->n += n;
}

void
idset_fini(struct idset *s)
{
	mem_free(s->slots);
	memset(s, 0, sizeof(*s));
}

static uint32_t *
find(const struct idset *s, uint32_t id)
{
	uint32_t mask = s->cap - 1;

	for (uint32_t i = (id * UINT32_C(0x9e3779b1)) & mask;; i = (i + 1) & mask)
		if (s->slots[i] == 0 || s->slots[i] == id + 1)
			return &s->slots[i];
}

static void
grow(struct idset *s)
{
	struct idset old = *s;

	s->cap = old.cap ? old.cap * 2 : 64;
	s->slots = mem_zalloc(s->cap * sizeof(s->slots[0]));
	if (!old.slots)
		for (uint32_t i = 0; i < old.n; i++)
			*find(s, old.few[i]) = old.few[i] + 1;
	for (uint32_t i = 0; i < old.cap; i++)
		if (old.slots[i] != 0)
			*find(s, old.slots[i] - 1) = old.slots[i];
	mem_free(old.slots);
}

bool
idset_has(const struct idset *s, uint32_t id)
{
	if (s->slots)
		return *find(s, id) != 0;
	for (uint32_t i = 0; i < s->n; i++)
		if (s->few[i] == id)
			return true;
	return false;
}

bool
idset_add(struct idset *s, uint32_t id)
{
	if (idset_has(s, id))
		return false;
	if (!s->slots && s->n < ARRAY_LEN(s->few)) {
		s->few[s->n++] = id;
		return true;
	}
	if (!s->slots || s->n * 4 >= s->cap * 3)
		grow(s);
	*find(s, id) = id + 1;
	s->n++;
	return true;
}
