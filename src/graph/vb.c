/* vb.c -- building values (declared in value.h). */
#include "base/die.h"
#include "base/enc.h"
#include "graph/value.h"

void
vb_init(struct vb *b)
{
	memset(b, 0, sizeof(*b));
}

static void
drop_kids(struct vb *b)
{
	for (size_t i = 0; i < b->nkids; i++)
		value_unref(b->kids[i]);
	b->nkids = 0;
}

void
vb_fini(struct vb *b)
{
	drop_kids(b);
	mem_free(b->kids);
	buf_fini(&b->buf);
	memset(b, 0, sizeof(*b));
}

static void
add_kid(struct vb *b, const struct value *kid)
{
	if (b->nkids == b->capkids)
		b->kids = mem_grow(b->kids, &b->capkids, b->nkids + 1, sizeof(b->kids[0]));
	b->kids[b->nkids++] = value_ref(kid);
}

void
vb_nil(struct vb *b)
{
	buf_addc(&b->buf, VALUE_NIL);
}

void
vb_bool(struct vb *b, bool v)
{
	buf_addc(&b->buf, v ? VALUE_TRUE : VALUE_FALSE);
}

void
vb_int(struct vb *b, int64_t v)
{
	buf_addc(&b->buf, VALUE_INT);
	enc_i64(&b->buf, v);
}

void
vb_float(struct vb *b, double v)
{
	buf_addc(&b->buf, VALUE_FLOAT);
	enc_f64(&b->buf, v);
}

void
vb_str(struct vb *b, struct str s)
{
	buf_addc(&b->buf, VALUE_STRING);
	enc_str(&b->buf, s);
}

void
vb_list(struct vb *b, size_t count)
{
	buf_addc(&b->buf, VALUE_LIST);
	enc_u64(&b->buf, count);
}

void
vb_map(struct vb *b, size_t count)
{
	buf_addc(&b->buf, VALUE_MAP);
	enc_u64(&b->buf, count);
}

void
vb_tag(struct vb *b, struct str name)
{
	buf_addc(&b->buf, VALUE_TAGGED);
	enc_str(&b->buf, name);
}

void
vb_value(struct vb *b, const struct value *v)
{
	if (value_kind(v) == VALUE_DEPSET_NODE) {
		buf_addc(&b->buf, VALUE_DEPSET);
		digest_put(&b->buf, v->digest);
		add_kid(b, v);
		return;
	}
	buf_add(&b->buf, value_bytes(v), v->size);
	for (uint32_t i = 0; i < v->nkids; i++)
		add_kid(b, v->kids[i]);
}

void
vb_depset_node(struct vb *b, enum depset_order order, size_t nitems)
{
	buf_addc(&b->buf, VALUE_DEPSET_NODE);
	buf_addc(&b->buf, (char)order);
	enc_u64(&b->buf, nitems);
}

void
vb_transitive(struct vb *b, struct value *const *depsets, size_t n)
{
	enc_u64(&b->buf, n);
	for (size_t i = 0; i < n; i++) {
		digest_put(&b->buf, depsets[i]->digest);
		add_kid(b, depsets[i]);
	}
}

struct value *
vb_finish(struct vb *b)
{
	CHECK(b->nkids <= UINT32_MAX);
	DCHECK(value_valid(b->buf.p, b->buf.n, (uint32_t)b->nkids));
	struct value *v = value_new(b->buf.p, b->buf.n, b->kids, (uint32_t)b->nkids);
	buf_reset(&b->buf);
	drop_kids(b);
	return v;
}
