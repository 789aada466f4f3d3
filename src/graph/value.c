/* value.c -- values: life, equality, validity, printing; building them.
 *
 * One allocation per value: header, kid pointers, bytes.
 */
#include "graph/value.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/die.h"
#include "base/enc.h"

struct value *
value_new(const void *bytes, size_t size, struct value *const *kids, uint32_t nkids)
{
	CHECK(size <= UINT32_MAX);
	struct value *v = mem_alloc(sizeof(*v) + nkids * sizeof(v->kids[0]) + size);

	atomic_init(&v->refs, 1);
	v->size = (uint32_t)size;
	v->nkids = nkids;
	v->reserved = 0;
	for (uint32_t i = 0; i < nkids; i++)
		v->kids[i] = value_ref(kids[i]);
	memcpy((unsigned char *)(v->kids + nkids), bytes, size);
	v->digest = digest_of(bytes, size);
	return v;
}

struct value *
value_ref(const struct value *v)
{
	struct value *w = (struct value *)(uintptr_t)v;

	atomic_fetch_add_explicit(&w->refs, 1, memory_order_relaxed);
	return w;
}

/* The dead wait in a list threaded through their digests, so that a deep chain
 * of depsets is freed without recursion. */
void
value_unref(const struct value *v)
{
	struct value *dead = (struct value *)(uintptr_t)v;

	if (!dead || atomic_fetch_sub_explicit(&dead->refs, 1, memory_order_acq_rel) != 1)
		return;
	memset(&dead->digest, 0, sizeof(dead->digest));
	while (dead) {
		struct value *next;
		memcpy(&next, &dead->digest, sizeof(next));
		for (uint32_t i = 0; i < dead->nkids; i++) {
			struct value *kid = dead->kids[i];
			if (atomic_fetch_sub_explicit(&kid->refs, 1, memory_order_acq_rel) == 1) {
				memcpy(&kid->digest, &next, sizeof(next));
				next = kid;
			}
		}
		mem_free(dead);
		dead = next;
	}
}

struct value *
value_of_nil(void)
{
	return value_new("\0", 1, NULL, 0);
}

struct value *
value_of_bool(bool b)
{
	return value_new(b ? "\2" : "\1", 1, NULL, 0);
}

struct value *
value_of_int(int64_t i)
{
	struct vb b;

	vb_init(&b);
	vb_int(&b, i);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
value_of_str(struct str s)
{
	struct vb b;

	vb_init(&b);
	vb_str(&b, s);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

bool
value_eq(const struct value *a, const struct value *b)
{
	return a == b || (a->size == b->size && digest_eq(a->digest, b->digest));
}

enum value_kind
value_kind(const struct value *v)
{
	return (enum value_kind)value_bytes(v)[0];
}

/* ---- validity ---- */

struct check {
	struct dec d;
	uint32_t kids;        /* met so far */
};

static bool check_one(struct check *c, int depth);

struct check_key {
	bool any, is_int;
	int64_t i;
	struct str s;
};

/* Map keys: ints ascending, then strings by bytes. */
static bool
check_key(struct check *c, struct check_key *last)
{
	const unsigned char *tag = dec_bytes(&c->d, 1);
	struct check_key key = { .any = true };

	if (!tag || (*tag != VALUE_INT && *tag != VALUE_STRING))
		return false;
	key.is_int = *tag == VALUE_INT;
	if (key.is_int)
		key.i = dec_i64(&c->d);
	else
		key.s = dec_str(&c->d);
	if (c->d.bad)
		return false;
	bool ascending = key.is_int ? !last->any || (last->is_int && last->i < key.i) :
	    !last->any || last->is_int || str_cmp(last->s, key.s) < 0;
	*last = key;
	return ascending;
}

static bool
check_map(struct check *c, int depth)
{
	uint64_t n = dec_u64(&c->d);
	struct check_key last = { 0 };

	for (uint64_t i = 0; i < n; i++)
		if (!check_key(c, &last) || !check_one(c, depth))
			return false;
	return true;
}

static bool
check_one(struct check *c, int depth)
{
	const unsigned char *tag = dec_bytes(&c->d, 1);

	if (!tag || depth > 200)
		return false;
	switch (*tag) {
	case VALUE_NIL: case VALUE_FALSE: case VALUE_TRUE:
		return true;
	case VALUE_INT:
		dec_i64(&c->d);
		return !c->d.bad;
	case VALUE_FLOAT:
		return dec_bytes(&c->d, 8) != NULL;
	case VALUE_STRING:
		dec_str(&c->d);
		return !c->d.bad;
	case VALUE_LIST:
		for (uint64_t n = dec_u64(&c->d); n > 0; n--)
			if (!check_one(c, depth + 1))
				return false;
		return !c->d.bad;
	case VALUE_MAP:
		return check_map(c, depth + 1) && !c->d.bad;
	case VALUE_TAGGED:
		dec_str(&c->d);
		return !c->d.bad && check_one(c, depth + 1);
	case VALUE_DEPSET:
		c->kids++;
		return dec_bytes(&c->d, 16) != NULL;
	default:
		return false;
	}
}

static bool
check_depset_node(struct check *c)
{
	const unsigned char *order = dec_bytes(&c->d, 1);

	if (!order || *order > DEPSET_TOPOLOGICAL)
		return false;
	for (uint64_t n = dec_u64(&c->d); n > 0; n--)
		if (!check_one(c, 1))
			return false;
	if (c->kids != 0)
		return false;
	for (uint64_t n = dec_u64(&c->d); n > 0; n--, c->kids++)
		if (!dec_bytes(&c->d, 16))
			return false;
	return !c->d.bad;
}

bool
value_valid(const void *bytes, size_t size, uint32_t nkids)
{
	struct check c = { dec_of(bytes, size), 0 };
	bool ok;

	if (size > 0 && *(const unsigned char *)bytes == VALUE_DEPSET_NODE) {
		c.d.p++;
		ok = check_depset_node(&c);
	} else {
		ok = check_one(&c, 0);
	}
	return ok && !c.d.bad && dec_end(&c.d) && c.kids == nkids;
}

/* ---- printing ---- */

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool alpha = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
		if (!alpha && (i == 0 || ch < '0' || ch > '9'))
			return false;
	}
	return s.n > 0;
}

static void
print_str(struct buf *out, struct str s)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		if (ch == '"' || ch == '\\')
			buf_printf(out, "\\%c", ch);
		else if (ch == '\n')
			buf_adds(out, "\\n");
		else if (ch < 32 || ch == 127)
			buf_printf(out, "\\%d", ch);
		else
			buf_addc(out, (char)ch);
	}
	buf_addc(out, '"');
}

static void print_one(struct buf *out, struct vr *r, size_t limit);

/* The rest is left out; whatever holds it is full as well, so nobody reads on. */
static bool
is_full(struct buf *out, size_t limit)
{
	if (limit == 0 || out->n <= limit)
		return false;
	buf_adds(out, "...");
	return true;
}

static void
print_items(struct buf *out, struct vr *r, size_t n, size_t limit)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(out, ", ");
		if (is_full(out, limit))
			return;
		print_one(out, r, limit);
	}
}

static void
print_map(struct buf *out, struct vr *r, size_t n, size_t limit)
{
	for (size_t i = 0; i < n; i++) {
		struct str key;
		struct vr at = *r;
		if (i > 0)
			buf_adds(out, ", ");
		if (is_full(out, limit))
			return;
		if (vr_str(&at, &key) && is_name(key)) {
			*r = at;
			buf_addstr(out, key);
		} else {
			buf_addc(out, '[');
			print_one(out, r, limit);
			buf_addc(out, ']');
		}
		buf_adds(out, " = ");
		print_one(out, r, limit);
	}
}

static void
print_scalar(struct buf *out, struct vr *r)
{
	int64_t i;
	double f;
	struct str s;
	bool b;

	if (vr_int(r, &i)) {
		buf_printf(out, "%" PRId64, i);
	} else if (vr_float(r, &f)) {
		char text[40];
		snprintf(text, sizeof(text), "%.17g", f);
		buf_adds(out, text);
		if (!strpbrk(text, ".einf"))
			buf_adds(out, ".0");
	} else if (vr_str(r, &s)) {
		print_str(out, s);
	} else if (vr_bool(r, &b)) {
		buf_adds(out, b ? "true" : "false");
	} else {
		buf_adds(out, "nil");
		vr_skip(r);
	}
}

static void
print_one(struct buf *out, struct vr *r, size_t limit)
{
	size_t n;
	struct str name;
	const struct value *depset;

	if (vr_list(r, &n)) {
		buf_addc(out, '{');
		print_items(out, r, n, limit);
		buf_addc(out, '}');
	} else if (vr_map(r, &n)) {
		buf_addc(out, '{');
		print_map(out, r, n, limit);
		buf_addc(out, '}');
	} else if (vr_tag(r, &name)) {
		buf_addstr(out, name);
		print_one(out, r, limit);
	} else if (vr_depset(r, &depset)) {
		value_print(out, depset, limit);
	} else {
		print_scalar(out, r);
	}
}

void
value_print(struct buf *out, const struct value *v, size_t limit)
{
	struct vr r = vr_of(v);

	if (vr_kind(&r) == VALUE_DEPSET_NODE) {
		struct dec d = dec_of(r.p + 2, (size_t)(r.end - r.p) - 2);
		size_t n = dec_u64(&d);
		struct vr items = { d.p, r.end, NULL };
		buf_adds(out, "depset(");
		print_items(out, &items, n, limit);
		buf_printf(out, v->nkids ? "; %u more)" : ")", v->nkids);
		return;
	}
	print_one(out, &r, limit);
}
