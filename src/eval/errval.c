/* errval.c -- errors as values. */
#include "eval/errval.h"

struct value *
errval_make(const char *code, struct str message, struct str hint)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, hint.n > 0 ? 3 : 2);
	vb_str(&b, STR("code"));
	vb_str(&b, str_of(code));
	if (hint.n > 0) {
		vb_str(&b, STR("hint"));
		vb_str(&b, hint);
	}
	vb_str(&b, STR("message"));
	vb_str(&b, message);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
put_int(struct vb *b, const char *name, int v)
{
	vb_str(b, str_of(name));
	vb_int(b, v);
}

static void
put_str(struct vb *b, const char *name, const char *v)
{
	vb_str(b, str_of(name));
	vb_str(b, str_of(v));
}

struct value *
errval_of(const struct err *e)
{
	struct vb b;
	size_t n = 2u + (e->column > 0) + (e->file != NULL) + (e->hint != NULL) +
	    (e->line > 0) + e->transient;

	vb_init(&b);
	vb_map(&b, n);
	put_str(&b, "code", e->code);
	if (e->column > 0)
		put_int(&b, "column", e->column);
	if (e->file)
		put_str(&b, "file", e->file);
	if (e->hint)
		put_str(&b, "hint", e->hint);
	if (e->line > 0)
		put_int(&b, "line", e->line);
	put_str(&b, "message", e->msg);
	if (e->transient) {
		vb_str(&b, STR("transient"));
		vb_bool(&b, true);
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

/* Copies the map with one field set, keeping the order of keys. */
struct value *
errval_set(struct value *take, const char *field, struct value *v)
{
	struct vr r = vr_of(take), old;
	struct vb b;
	size_t n;
	bool had = vr_field(&r, field, &old), put = false;

	vb_init(&b);
	if (!vr_map(&r, &n))
		n = 0;
	vb_map(&b, n + (had ? 0 : 1));
	for (size_t i = 0; i <= n; i++) {
		struct str key = { NULL, 0 };
		struct vr at = r;
		bool end = i == n || !vr_str(&at, &key);
		if (!put && (end || str_cmp(key, str_of(field)) >= 0)) {
			vb_str(&b, str_of(field));
			vb_value(&b, v);
			put = true;
		}
		if (i == n)
			break;
		struct value *val = vr_copy(&at);
		if (!str_eq(key, str_of(field))) {
			vb_str(&b, key);
			vb_value(&b, val);
		}
		value_unref(val);
		vr_skip(&at);
		r = at;
	}
	struct value *out = vb_finish(&b);
	vb_fini(&b);
	value_unref(take);
	value_unref(v);
	return out;
}

void
errval_put_key(struct vb *b, const struct keys *k, const struct key *key)
{
	struct value *arg = value_new(key->arg, key->size, NULL, 0);

	vb_tag(b, STR("key"));
	vb_list(b, 2);
	vb_str(b, keys_fn_name(k, key->fn));
	vb_value(b, arg);
	value_unref(arg);
}

struct value *
errval_with_key(struct value *take, const struct keys *k, const struct key *key)
{
	struct vr r = vr_of(take), old;
	struct vb b;

	if (vr_kind(&r) != VALUE_MAP || vr_field(&r, "key", &old))
		return take;
	vb_init(&b);
	errval_put_key(&b, k, key);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return errval_set(take, "key", v);
}

/* ---- cycles ---- */

static int
key_cmp(const struct keys *k, const struct key *a, const struct key *b)
{
	struct str pa = { (const char *)a->arg, a->size }, pb = { (const char *)b->arg, b->size };

	return a->fn == b->fn ? str_cmp(pa, pb) :
	    str_cmp(keys_fn_name(k, a->fn), keys_fn_name(k, b->fn));
}

struct value *
errval_ring(const struct keys *k, const struct key *const *cycle, size_t n)
{
	size_t least = 0;
	struct vb b;

	for (size_t i = 1; i < n; i++)
		if (key_cmp(k, cycle[i], cycle[least]) < 0)
			least = i;
	vb_init(&b);
	vb_list(&b, n);
	for (size_t i = 0; i < n; i++)
		errval_put_key(&b, k, cycle[(least + i) % n]);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

const struct key *
errval_key_at(struct keys *k, struct vr *r)
{
	struct str tag, name;
	size_t n;

	if (!vr_tag(r, &tag) || !vr_list(r, &n) || !vr_str(r, &name))
		return NULL;
	const unsigned char *arg = r->p;
	vr_skip(r);
	return key_intern(k, keys_fn(k, name), arg, (size_t)(r->p - arg));
}

/* "a -> b -> a", long ones cut. */
static void
print_ring(struct buf *b, struct keys *k, const struct value *ring)
{
	enum { SHOWN = 12 };
	struct vr r = vr_of(ring);
	const struct key *first = NULL;
	size_t n = 0;

	vr_list(&r, &n);
	for (size_t i = 0; i < n && i < SHOWN; i++) {
		const struct key *key = errval_key_at(k, &r);
		first = first ? first : key;
		key_print(b, k, key);
		buf_adds(b, " -> ");
	}
	if (n > SHOWN)
		buf_printf(b, "... (%zu more) -> ", n - SHOWN);
	key_print(b, k, first);
}

static struct value *
list_of(struct value *const *items, size_t n)
{
	struct vb b;

	vb_init(&b);
	vb_list(&b, n);
	for (size_t i = 0; i < n; i++)
		vb_value(&b, items[i]);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
errval_cycles(struct keys *k, struct value *const *rings, size_t n)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "dependency cycle: ");
	print_ring(&b, k, rings[0]);
	if (n > 1)
		buf_printf(&b, " (and %zu more)", n - 1);
	struct value *v = errval_make(ERR_CYCLE, buf_str(&b), STR(""));
	buf_fini(&b);
	v = errval_set(v, "cycle", value_ref(rings[0]));
	return n > 1 ? errval_set(v, "cycles", list_of(rings, n)) : v;
}

struct str
errval_message(const struct value *v)
{
	struct vr r = vr_of(v);
	struct str s = STR("");

	vr_field_str(&r, "message", &s);
	return s;
}

struct str
errval_code(const struct value *v)
{
	struct vr r = vr_of(v);
	struct str s = STR("");

	vr_field_str(&r, "code", &s);
	return s;
}

bool
errval_transient(const struct value *v)
{
	struct vr r = vr_of(v);
	bool b;

	return vr_kind(&r) == VALUE_MAP && vr_field_bool(&r, "transient", &b) && b;
}
