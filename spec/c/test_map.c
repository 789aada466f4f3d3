/* test_map.c -- the table against a plain array, with good and bad hashes.
 * Usage: test_map [SEED]. */
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/map.h"
#include "test.h"

#define MAX 20000

struct world {
	uint64_t keys[MAX];
	uint32_t n;
	int quality;   /* 0: good hash; 1: only low bits; 2: only high bits; 3: all equal */
};

static uint64_t
hash_key(const struct world *w, uint64_t key)
{
	uint64_t h = hash64(&key, sizeof(key));

	switch (w->quality) {
	case 0: return h;
	case 1: return h & 0xfff;
	case 2: return h << 40;
	default: return 5;
	}
}

static bool
same(const void *ctx, uint32_t index, const void *what)
{
	const struct world *w = ctx;

	return w->keys[index] == *(const uint64_t *)what;
}

static uint64_t
hash_of(const void *ctx, uint32_t index)
{
	const struct world *w = ctx;

	return hash_key(w, w->keys[index]);
}

static uint32_t
linear_find(const struct world *w, uint64_t key)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (w->keys[i] == key)
			return i;
	return MAP_NONE;
}

static void
random_keys(struct world *w, struct map *m, unsigned long long *seed, uint32_t inserts,
	uint64_t range)
{
	while (w->n < inserts) {
		uint64_t key = test_random(seed) % range;
		uint32_t want = linear_find(w, key);
		uint32_t got = map_find(m, hash_key(w, key), same, w, &key);
		if (!T(got == want))
			return;
		if (want != MAP_NONE)
			continue;
		w->keys[w->n] = key;
		map_insert(m, hash_key(w, key), w->n, hash_of, w);
		w->n++;
		T(m->n == w->n && m->n <= m->cap - m->cap / 4 && (m->cap & (m->cap - 1)) == 0);
	}
	for (uint32_t i = 0; i < w->n; i++)
		T(map_find(m, hash_of(w, i), same, w, &w->keys[i]) == i);
}

int
main(int argc, char **argv)
{
	static struct world w;
	unsigned long long seed = argc > 1 ? strtoull(argv[1], NULL, 10) :
	    (unsigned long long)time(NULL);
	uint64_t key = 1;
	struct map m;

	printf("seed %llu\n", seed);
	seed = seed * 2 + 1;
	map_init(&m);
	T(map_find(&m, 1, same, &w, &key) == MAP_NONE);
	map_clear(&m);
	for (w.quality = 0; w.quality < 4; w.quality++) {
		uint32_t inserts = w.quality == 3 ? 500 : 3000;
		for (int again = 0; again < 2; again++) {
			w.n = 0;
			random_keys(&w, &m, &seed, inserts, inserts * 2);
			map_clear(&m);
			T(m.n == 0 &&
			    map_find(&m, hash_of(&w, 0), same, &w, &w.keys[0]) == MAP_NONE);
		}
		map_fini(&m);
		T(m.cap == 0 && m.slots == NULL);
	}
	map_fini(&m);
	return test_end();
}
