/* action_tags.c -- the tags part of action_key.h.
 *
 * Bytes of a list: count; then for each name the bytes shared with the name
 * before, the bytes that follow, and 4 bytes of hash.  The headers of a C file
 * take about 20 bytes each this way.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/enc.h"
#include "nodes/action_key.h"

void
tags_fini(struct tags *t)
{
	mem_free(t->v);
	memset(t, 0, sizeof(*t));
}

static void
push(struct tags *t, struct tag tag)
{
	if (t->n == t->cap)
		t->v = mem_grow(t->v, &t->cap, t->n + 1, sizeof(t->v[0]));
	t->v[t->n++] = tag;
}

void
tags_add(struct tags *t, struct str name, struct str text)
{
	push(t, (struct tag){ name, (uint32_t)hash64(text.p, text.n) });
}

static int
by_name(const void *x, const void *y)
{
	const struct tag *a = x, *b = y;
	int c = str_cmp(a->name, b->name);

	return c != 0 ? c : (a->hash > b->hash) - (a->hash < b->hash);
}

void
tags_sort(struct tags *t)
{
	if (t->n > 1)
		qsort(t->v, t->n, sizeof(t->v[0]), by_name);
}

void
tags_put(struct buf *out, const struct tags *t)
{
	struct str before = STR("");

	enc_u64(out, t->n);
	for (size_t i = 0; i < t->n; i++) {
		struct str name = t->v[i].name;
		size_t same = 0;
		while (same < name.n && same < before.n && name.p[same] == before.p[same])
			same++;
		enc_u64(out, same);
		enc_str(out, (struct str){ name.p + same, name.n - same });
		enc_u32le(out, t->v[i].hash);
		before = name;
	}
}

bool
tags_get(struct str bytes, struct arena *arena, struct tags *out)
{
	struct dec d = dec_of(bytes.p, bytes.n);
	struct str before = STR("");
	uint64_t n = dec_u64(&d);

	memset(out, 0, sizeof(*out));
	for (; n > 0 && !d.bad; n--) {
		uint64_t same = dec_u64(&d);
		struct str rest = dec_str(&d);
		uint32_t hash = dec_u32le(&d);
		if (d.bad || same > before.n)
			break;
		char *name = arena_alloc_raw(arena, (size_t)same + rest.n + 1, 1);
		memcpy(name, before.p, (size_t)same);
		memcpy(name + same, rest.p, rest.n);
		name[same + rest.n] = '\0';
		before = (struct str){ name, (size_t)same + rest.n };
		push(out, (struct tag){ before, hash });
	}
	if (n == 0 && !d.bad && dec_end(&d))
		return true;
	tags_fini(out);
	return false;
}

/* Counts a difference; the first one is written out. */
static void
note(struct buf *out, size_t *n, const char *what, const char *how, struct str name)
{
	if ((*n)++ == 0)
		buf_printf(out, "%s %s: %.*s", what, how, STR_ARG(name));
}

/* Changes are told before additions and removals, hence two passes. */
static void
compare(const struct tags *old, const struct tags *now, const char *what, bool changes,
	struct buf *out, size_t *n)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < now->n) {
		int c = i == old->n ? 1 : j == now->n ? -1 :
		    str_cmp(old->v[i].name, now->v[j].name);
		if (c == 0 && changes && old->v[i].hash != now->v[j].hash)
			note(out, n, what, "changed", now->v[j].name);
		else if (c < 0 && !changes)
			note(out, n, what, "removed", old->v[i].name);
		else if (c > 0 && !changes)
			note(out, n, what, "added", now->v[j].name);
		i += c <= 0;
		j += c >= 0;
	}
}

bool
tags_differ(const struct tags *old, const struct tags *now, const char *what, struct buf *out)
{
	size_t n = 0;

	compare(old, now, what, true, out, &n);
	compare(old, now, what, false, out, &n);
	if (n > 1)
		buf_printf(out, " and %zu more", n - 1);
	return n > 0;
}
