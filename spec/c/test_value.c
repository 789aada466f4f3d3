/* test_value.c -- values: one encoding for equal data, nothing else accepted. */
#include <math.h>

#include "base/die.h"
#include "c/test.h"
#include "graph/value.h"

static bool
prints(const struct value *v, const char *want)
{
	struct buf b = BUF_INIT;

	value_print(&b, v, 0);
	bool same = strcmp(b.p, want) == 0;
	if (!same)
		printf("  %s\n", b.p);
	buf_fini(&b);
	return same;
}

/* {1, -300, 2.5, true, nil, "a\0b", {x = {}, [7] = "seven"}, label{...}} */
static struct value *
sample(void)
{
	struct vb b;

	vb_init(&b);
	vb_list(&b, 8);
	vb_int(&b, 1);
	vb_int(&b, -300);
	vb_float(&b, 2.5);
	vb_bool(&b, true);
	vb_nil(&b);
	vb_str(&b, (struct str){ "a\0b", 3 });
	vb_map(&b, 2);
	vb_int(&b, 7);
	vb_str(&b, STR("seven"));
	vb_str(&b, STR("x"));
	vb_list(&b, 0);
	vb_tag(&b, STR("label"));
	vb_map(&b, 1);
	vb_str(&b, STR("name"));
	vb_str(&b, STR("app"));
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
test_read(void)
{
	struct value *v = sample();
	struct vr r = vr_of(v), map, field;
	struct str s;
	int64_t i = 0;
	double f = 0;
	bool yes = false;
	size_t n = 0;

	T(value_kind(v) == VALUE_LIST && vr_list(&r, &n) && n == 8);
	T(!vr_str(&r, &s) && vr_int(&r, &i) && i == 1);
	T(vr_int(&r, &i) && i == -300);
	T(!vr_int(&r, &i) && vr_float(&r, &f) && f > 2.4 && f < 2.6);
	T(vr_bool(&r, &yes) && yes);
	T(vr_kind(&r) == VALUE_NIL);
	vr_skip(&r);
	T(vr_str(&r, &s) && s.n == 3 && memcmp(s.p, "a\0b", 3) == 0);
	map = r;
	T(vr_field(&map, "x", &field) && vr_kind(&field) == VALUE_LIST);
	T(!vr_field(&map, "y", &field));
	vr_skip(&r);
	T(vr_tag(&r, &s) && str_eq(s, STR("label")));
	T(vr_field_str(&r, "name", &s) && str_eq(s, STR("app")));
	struct value *copy = vr_copy(&map);
	T(prints(copy, "{[7] = \"seven\", x = {}}"));
	value_unref(copy);
	value_unref(v);
}

static void
test_equality(void)
{
	struct value *a = sample(), *b = sample(), *c = value_of_int(1);
	struct value *d = value_of_str(STR("1"));

	T(a != b && value_eq(a, b) && digest_eq(a->digest, b->digest));
	T(!value_eq(a, c) && !value_eq(c, d));
	T(value_valid(value_bytes(a), a->size, 0));
	struct vb vb;
	vb_init(&vb);
	vb_float(&vb, (double)NAN);
	struct value *n1 = vb_finish(&vb);
	vb_float(&vb, -(double)NAN);
	struct value *n2 = vb_finish(&vb);
	T(value_eq(n1, n2));
	vb_float(&vb, 1);
	struct value *one = vb_finish(&vb);
	T(!value_eq(one, c));           /* 1.0 is not 1 */
	vb_fini(&vb);
	value_unref(n1);
	value_unref(n2);
	value_unref(one);
	value_unref(a);
	value_unref(b);
	value_unref(c);
	value_unref(d);
}

/* A stranger's bytes: each damage is refused or is another well-formed value. */
static void
test_damage(void)
{
	struct value *v = sample();
	unsigned char bytes[256];
	unsigned long refused = 0, tried = 0;

	CHECK(v->size <= sizeof(bytes));
	for (uint32_t i = 0; i < v->size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bytes, value_bytes(v), v->size);
			bytes[i] ^= (unsigned char)(1u << bit);
			tried++;
			if (!value_valid(bytes, v->size, 0)) {
				refused++;
				continue;
			}
			struct value *w = value_new(bytes, v->size, NULL, 0);
			struct buf b = BUF_INIT;
			value_print(&b, w, 0);          /* must end */
			T(!value_eq(v, w));
			buf_fini(&b);
			value_unref(w);
		}
		T(!value_valid(value_bytes(v), i, 0));
	}
	T(refused > tried / 4);
	T(!value_valid(value_bytes(v), v->size, 1));
	T(!value_valid("", 0, 0));
	T(!value_valid("\x07\x02\x05\x01" "b\x00\x05\x01" "a\x00", 10, 0));   /* keys not sorted */
	T(!value_valid("\x07\x02\x05\x01" "a\x00\x05\x01" "a\x00", 10, 0));   /* twice the same */
	T(!value_valid("\x03\x80\x00", 3, 0));                /* an int longer than it need be */
	value_unref(v);
}

/* ---- depsets ---- */

static struct value *
depset_of(const char *item, struct value *const *below, size_t n, enum depset_order order)
{
	struct vb b;

	vb_init(&b);
	vb_depset_node(&b, order, item ? 1 : 0);
	if (item)
		vb_str(&b, str_of(item));
	vb_transitive(&b, below, n);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
add_item(void *arg, struct vr item)
{
	struct str s = STR("?");

	vr_str(&item, &s);
	buf_add(arg, s.p, s.n);
}

static bool
walks(const struct value *depset, const char *want)
{
	struct buf b = BUF_INIT;

	depset_walk(depset, add_item, &b);
	bool same = str_eq(buf_str(&b), str_of(want));
	if (!same)
		printf("  %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}

static void
test_depsets(void)
{
	static const char *const want[] = {
		[DEPSET_POSTORDER] = "dbca", [DEPSET_PREORDER] = "abdc",
		[DEPSET_TOPOLOGICAL] = "abcd",
	};

	for (int o = 0; o < 3; o++) {
		enum depset_order order = (enum depset_order)o;
		struct value *d = depset_of("d", NULL, 0, order);
		struct value *b = depset_of("b", &d, 1, order), *c = depset_of("c", &d, 1, order);
		struct value *a = depset_of("a", (struct value *[]){ b, c }, 2, order);
		T_CASE(walks(a, want[o]), want[o]);
		T(value_kind(a) == VALUE_DEPSET_NODE && value_valid(value_bytes(a), a->size, 2));
		T(!value_valid(value_bytes(a), a->size, 1));
		value_unref(b);
		value_unref(c);
		T(walks(a, want[o]));              /* it holds what is below */
		value_unref(a);
		value_unref(d);
	}
}

/* A ladder: 2^60 paths, 120 nodes; and a chain that no C stack could follow. */
static void
test_big_depsets(void)
{
	struct value *left = depset_of("x", NULL, 0, DEPSET_POSTORDER), *right = value_ref(left);
	struct buf b = BUF_INIT;

	for (int i = 0; i < 60; i++) {
		struct value *both[] = { left, right };
		struct value *l = depset_of("l", both, 2, DEPSET_POSTORDER);
		struct value *r = depset_of("r", both, 2, DEPSET_POSTORDER);
		value_unref(left);
		value_unref(right);
		left = l;
		right = r;
	}
	T(walks(left, "xlr") || walks(left, "xrl"));
	value_unref(left);
	value_unref(right);
	struct value *chain = depset_of("0", NULL, 0, DEPSET_POSTORDER);
	for (int i = 0; i < 300000; i++) {
		struct value *next = depset_of(NULL, &chain, 1, DEPSET_POSTORDER);
		value_unref(chain);
		chain = next;
	}
	T(walks(chain, "0"));
	value_unref(chain);                 /* no deep recursion here either */
	buf_fini(&b);
}

static void
test_print(void)
{
	struct value *v = sample();
	struct buf b = BUF_INIT;

	T(prints(v, "{1, -300, 2.5, true, nil, \"a\\0b\", {[7] = \"seven\", x = {}}, "
	    "label{name = \"app\"}}"));
	value_print(&b, v, 20);
	T(b.n <= 34);
	T(str_ends(buf_str(&b), STR(", ...}")));
	buf_fini(&b);
	value_unref(v);
}

int
main(void)
{
	test_read();
	test_equality();
	test_damage();
	test_depsets();
	test_big_depsets();
	test_print();
	return test_end();
}
