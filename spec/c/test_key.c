/* test_key.c -- keys: one pointer and one id for equal keys, in all threads. */
#include <stdlib.h>

#include "base/die.h"
#include "c/test.h"
#include "graph/key.h"
#include "os/thread.h"

static struct keys *keys;

static const struct key *
int_key(uint16_t fn, int64_t i)
{
	struct value *v = value_of_int(i);
	const struct key *key = key_of_value(keys, fn, v);

	value_unref(v);
	return key;
}

static void
test_equal(void)
{
	uint16_t a = keys_fn(keys, STR("A")), b = keys_fn(keys, STR("B"));

	T(a != b && keys_fn(keys, STR("A")) == a);
	T(str_eq(keys_fn_name(keys, b), STR("B")));
	const struct key *k = key_of_str(keys, a, STR("src/a.c"));
	T(key_of_str(keys, a, STR("src/a.c")) == k);
	T(key_of_str(keys, b, STR("src/a.c")) != k);
	T(key_of_str(keys, a, STR("src/b.c")) != k);
	T(key_by_id(keys, k->id) == k);
	struct value *v = value_of_str(STR("src/a.c"));
	T(key_of_value(keys, a, v) == k);
	value_unref(v);
	struct str s;
	T(key_arg_str(k, &s) && str_eq(s, STR("src/a.c")));
	T(!key_arg_str(int_key(a, 3), &s));
	T(int_key(a, 3) == int_key(a, 3) && int_key(a, 3) != int_key(a, 4));
}

static bool
prints(const struct key *key, const char *want)
{
	struct buf b = BUF_INIT;

	key_print(&b, keys, key);
	bool same = strcmp(b.p, want) == 0;
	if (!same)
		printf("  %s\n", b.p);
	buf_fini(&b);
	return same;
}

static void
test_print(void)
{
	uint16_t fn = keys_fn(keys, STR("FILE_STATE"));
	struct vb b;

	T(prints(key_of_str(keys, fn, STR("src/a.c")), "FILE_STATE:src/a.c"));
	T(prints(key_of_str(keys, fn, STR("")), "FILE_STATE:"));
	T(prints(int_key(fn, -7), "FILE_STATE:-7"));
	vb_init(&b);
	vb_list(&b, 2);
	vb_str(&b, STR("//a:b"));
	vb_int(&b, 2);
	struct value *v = vb_finish(&b);
	T(prints(key_of_value(keys, fn, v), "FILE_STATE:{\"//a:b\", 2}"));
	value_unref(v);
	vb_fini(&b);
}

/* ---- many threads make the same keys ---- */

enum { THREADS = 4, EACH = 20000 };

struct maker {
	struct thread thread;
	unsigned seed;
	const struct key *made[EACH];
};

static uint16_t shared_fn;

static void
make_keys(void *arg)
{
	struct maker *m = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		uint32_t n = (i * 7919u + m->seed * 31u) % EACH;
		m->made[n] = int_key(shared_fn, n);
	}
}

static void
test_threads(void)
{
	static struct maker makers[THREADS];
	bool same = true, dense = true;
	uint32_t before = keys_count(keys);

	shared_fn = keys_fn(keys, STR("SHARED"));
	for (unsigned i = 0; i < THREADS; i++) {
		makers[i].seed = i;
		thread_start(&makers[i].thread, make_keys, &makers[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		thread_join(&makers[i].thread);
	for (uint32_t n = 0; n < EACH; n++) {
		for (unsigned i = 1; i < THREADS; i++)
			same = same && makers[i].made[n] == makers[0].made[n];
		dense = dense && key_by_id(keys, makers[0].made[n]->id) == makers[0].made[n];
	}
	T(same);
	T(dense);
	T(keys_count(keys) >= before + EACH && keys_count(keys) <= before + THREADS * EACH);
}

int
main(void)
{
	keys = keys_new();
	test_equal();
	test_print();
	test_threads();
	keys_free(keys);
	return test_end();
}
