/* action_words.c -- see the header.
 *
 * Bytes: for each piece a byte 0..LITERAL and that many bytes of text, or HASHED
 * and 4 bytes; at the end REST and 8 bytes when there were more.
 */
#include "nodes/action_words.h"

#include "base/enc.h"
#include "base/hash.h"

enum { LITERAL = 15, HASHED = 16, REST = 17, LIMIT = 64, SHOWN = 80 };

static void
encode(struct buf *out, struct str name, struct str text)
{
	if (str_eq(name, STR("word")) && text.n <= LITERAL) {
		buf_addc(out, (char)text.n);
		buf_addstr(out, text);
		return;
	}
	buf_addc(out, HASHED);
	enc_u32le(out, (uint32_t)(hash64(text.p, text.n) + hash64(name.p, name.n)));
}

void
action_words_add(struct action_words *w, struct str name, struct str text)
{
	if (w->n++ < LIMIT) {
		encode(&w->bytes, name, text);
		return;
	}
	uint64_t parts[3] = { w->rest, hash64(name.p, name.n), hash64(text.p, text.n) };
	w->rest = hash64(parts, sizeof(parts)) | 1;
}

void
action_words_put(struct buf *out, const struct action_words *w)
{
	buf_addstr(out, buf_str(&w->bytes));
	if (w->rest == 0)
		return;
	buf_addc(out, REST);
	enc_u64le(out, w->rest);
}

void
action_words_fini(struct action_words *w)
{
	buf_fini(&w->bytes);
	memset(w, 0, sizeof(*w));
}

/* ---- comparing ---- */

static struct str
keep(struct arena *arena, struct str s)
{
	return (struct str){ arena_strndup(arena, s.p, s.n), s.n };
}

void
action_words_now(struct words_now *now, struct str name, struct str text)
{
	struct buf code = BUF_INIT;

	if (now->n == now->cap) {
		size_t cap = now->cap ? now->cap * 2 : 32;
		struct word_now *v = arena_alloc(now->arena, cap * sizeof(v[0]));
		for (size_t i = 0; i < now->n; i++)
			v[i] = now->v[i];
		now->v = v;
		now->cap = cap;
	}
	encode(&code, name, text);
	now->v[now->n++] = (struct word_now){ keep(now->arena, name), keep(now->arena, text),
	    keep(now->arena, buf_str(&code)) };
	buf_fini(&code);
}

/* The pieces of `bytes`; *rest: there were more.  The count, at most LIMIT. */
static size_t
decode(struct str bytes, struct str out[LIMIT], bool *rest)
{
	size_t at = 0, n = 0;

	*rest = false;
	while (at < bytes.n && n < LIMIT && bytes.p[at] != REST) {
		size_t size = 1u + (bytes.p[at] == HASHED ? 4u : (unsigned char)bytes.p[at]);
		if (size > bytes.n - at)
			break;
		out[n++] = (struct str){ bytes.p + at, size };
		at += size;
	}
	*rest = at < bytes.n;
	return n;
}

static bool
can_be_shown(struct str s)
{
	if (s.n < 2 || s.n > SHOWN || s.p[0] != '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
among(const struct str *codes, size_t n, struct str code)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(codes[i], code))
			return true;
	return false;
}

/* What stands between the equal beginnings and ends of two commands. */
struct middle {
	const struct str *old;
	size_t nold;
	const struct word_now *now;
	size_t nnow;
	bool rest;                   /* there is more than can be compared */
};

static bool
is_input(const struct action_inputs *in, struct str text)
{
	return in && action_inputs_find(in, text);
}

/* The words that are new, of which the first that is a flag gives the name. */
static size_t
added(const struct middle *m, const struct action_inputs *moved, struct str *flag, size_t *nflags)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nnow; i++) {
		const struct word_now *w = &m->now[i];
		if (among(m->old, m->nold, w->code) || is_input(moved, w->text))
			continue;
		n++;
		if (str_eq(w->name, STR("word")) && can_be_shown(w->text) && (*nflags)++ == 0)
			*flag = w->text;
	}
	return n;
}

/* Likewise those that are gone; of hashed ones nothing is known. */
static size_t
removed(const struct middle *m, bool moved, struct str *flag, size_t *nflags)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nold; i++) {
		struct str code = m->old[i], text = { code.p + 1, code.n - 1 };
		bool there = false, literal = code.p[0] <= LITERAL;
		for (size_t j = 0; j < m->nnow && !there; j++)
			there = str_eq(m->now[j].code, code);
		if (there || (moved && !(literal && can_be_shown(text))))
			continue;
		n++;
		if (literal && can_be_shown(text) && (*nflags)++ == 0)
			*flag = text;
	}
	return n;
}

static bool
tell(const struct middle *m, const struct action_inputs *moved, struct buf *out)
{
	struct str new_flag = STR(""), old_flag = STR("");
	size_t nnew = 0, nold = 0;
	size_t n = added(m, moved, &new_flag, &nnew) + removed(m, moved != NULL, &old_flag, &nold);

	if (n == 0 && moved && !m->rest)
		return false;
	if (nnew == 0 && nold == 0) {
		buf_adds(out, "command changed");
		return true;
	}
	bool both = nnew > 0 && nold > 0;
	struct str flag = nnew > 0 ? new_flag : old_flag;
	buf_printf(out, "flag %s: %.*s", both ? "changed" : nnew > 0 ? "added" : "removed",
	    STR_ARG(flag));
	if (both)
		buf_printf(out, " (was %.*s)", STR_ARG(old_flag));
	size_t shown = nnew > nold ? nnew : nold;
	if (shown > 1)
		buf_printf(out, " and %zu more", shown - 1);
	return true;
}

static bool
same_rest(struct str old, const struct words_now *now)
{
	struct action_words w = { .bytes = BUF_INIT };
	struct buf bytes = BUF_INIT;

	for (size_t i = 0; i < now->n; i++)
		action_words_add(&w, now->v[i].name, now->v[i].text);
	action_words_put(&bytes, &w);
	bool same = str_eq(buf_str(&bytes), old);
	action_words_fini(&w);
	buf_fini(&bytes);
	return same;
}

bool
action_words_differ(struct str old, const struct words_now *now,
	const struct action_inputs *moved, struct buf *out)
{
	struct str codes[LIMIT];
	size_t from = 0, nnow = now->n < LIMIT ? now->n : LIMIT;
	bool more;

	if (same_rest(old, now))
		return false;
	size_t nold = decode(old, codes, &more);
	while (from < nold && from < nnow && str_eq(codes[from], now->v[from].code))
		from++;
	more = more || now->n > LIMIT;
	while (!more && nold > from && nnow > from &&
	    str_eq(codes[nold - 1], now->v[nnow - 1].code)) {
		nold--;
		nnow--;
	}
	struct middle m = { codes + from, nold - from, now->v + from, nnow - from, more };
	return tell(&m, moved, out);
}
